import type { Variable } from "../tensor/mod.ts";
import type { Module } from "./module.ts";

/** Which parameters are meant: beginnings of paths, such as `"blocks.0"` or `"tokens"`; `*` stands for any one part. */
export type ParameterPatterns = readonly string[];

/** Whether the first parts of a path are those of a pattern. */
function begins(pattern: string, path: string): boolean {
  const [wanted, parts] = [pattern.split("."), path.split(".")];
  return wanted.length <= parts.length &&
    wanted.every((part, i) => part === "*" || part === parts[i]);
}

/**
 * Keeps parameters as they are: they get no gradient, and optimizers pass over them.
 *
 * @example
 * ```ts
 * import { freeze, Linear, Sequential, unfreeze } from "@tome/tome/nn";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new Sequential(new Linear(2, 3), new Linear(3, 2));
 * console.assert(freeze(model, ["layers.0"]) === 9);
 * unfreeze(model);
 * ```
 * @param model The model.
 * @param patterns Which. @default {all}
 * @returns How many numbers they hold.
 * @throws {RangeError} If a pattern fits no parameter.
 */
export function freeze(model: Module, patterns?: ParameterPatterns): number {
  return setTrainable(model, patterns, false);
}

/**
 * Lets frozen parameters be trained again.
 *
 * @param model The model.
 * @param patterns Which, as for {@link freeze}. @default {all}
 * @returns How many numbers they hold.
 * @throws {RangeError} If a pattern fits no parameter.
 */
export function unfreeze(model: Module, patterns?: ParameterPatterns): number {
  return setTrainable(model, patterns, true);
}

/** The parameters that are trained, with their paths: what an optimizer is given after {@link freeze}. */
export function* trainableParameters(model: Module): Generator<[string, Variable]> {
  for (const entry of model.namedParameters()) if (entry[1].trainable) yield entry;
}

function setTrainable(
  model: Module,
  patterns: ParameterPatterns | undefined,
  trainable: boolean,
): number {
  const all = [...model.namedParameters()];
  const missing = patterns?.find((pattern) => !all.some(([path]) => begins(pattern, path)));
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot choose parameters as each pattern must fit one: current pattern is ${
        JSON.stringify(missing)
      }; there are ${all.slice(0, 8).map(([path]) => path).join(", ")}, …`,
    );
  }
  let count = 0;
  for (const [path, parameter] of all) {
    if (patterns && !patterns.some((pattern) => begins(pattern, path))) continue;
    parameter.trainable = trainable;
    count += parameter.size;
  }
  return count;
}
