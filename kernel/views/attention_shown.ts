import type { AttentionWeights } from "../../lib/nn/mod.ts";
import type { View } from "../view.ts";
import { type AttentionViewOptions, headView, modelView } from "./attention.ts";
import { groupWeights } from "./attention_data.ts";

/** How `show` draws weights of attention. */
export interface ShownAttentionOptions extends AttentionViewOptions {
  /** The tokens that look. @default {their positions} */
  queries?: readonly string[];
  /** The tokens that are looked at. @default {those that look if they are as many, else their positions} */
  keys?: readonly string[];
  /** `"heads"` for {@link headView}, `"model"` for {@link modelView}. @default {"heads"} */
  view?: "heads" | "model";
}

/** Whether a value is what `captureAttention` gives, or one layer of it. */
export function isAttention(
  value: unknown,
): value is AttentionWeights | readonly AttentionWeights[] {
  const layers: unknown[] = Array.isArray(value) ? value : [value];
  return layers.length > 0 && layers.every((layer) => {
    const { path, kind, shape, values } = (layer ?? {}) as Partial<AttentionWeights>;
    return typeof path === "string" && (kind === "self" || kind === "cross") &&
      Array.isArray(shape) && shape.length === 4 && values instanceof Float32Array;
  });
}

/** Draws weights of attention; layers of one shape become one group. */
export function shownAttention(
  value: AttentionWeights | readonly AttentionWeights[],
  { queries, keys, view = "heads", ...options }: ShownAttentionOptions = {},
): View {
  const weights = "path" in value ? [value] : value;
  const groups = groupWeights(weights, { queries, keys });
  return view === "model" ? modelView(groups, options) : headView(groups, options);
}
