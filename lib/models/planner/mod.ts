/**
 * Planners on maps: `ValuePropagationNet`, which learns to plan.
 *
 * @module
 */
export { loadPlanner, savePlanner } from "./checkpoint.ts";
export type { ValuePropagationConfig } from "./config.ts";
export { ValuePropagationNet } from "./model.ts";
