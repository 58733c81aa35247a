import { dropout, linear } from "../ops/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { randomUniform, type Tensor, type Variable } from "../tensor/mod.ts";
import { Embedding } from "./embedding.ts";
import { freeze } from "./freeze.ts";
import { Module, parameter } from "./module.ts";
import { matchesPath } from "./path_pattern.ts";
import { LearnedPositions } from "./positions.ts";
import type { Layer } from "./sequential.ts";

/** How adapters are made. */
export interface LoRAOptions {
  /** The width between the two maps of an adapter. */
  rank: number;
  /** What the adapter's part is multiplied by, times `rank`. @default {rank} */
  alpha?: number;
  /** The share of what adapters read that is dropped in training. @default {0} */
  dropout?: number;
  /**
   * Which layers get one: paths such as `"blocks.0.attn.q"`, or what paths end in, such as `"attn.q"`; `*` stands for any one part.
   */
  targets: readonly string[];
  /** Whether `alpha` is divided by the root of the rank instead of the rank. @default {false} */
  rankStabilized?: boolean;
}

/** A layer that an adapter can stand beside: a map of the last axis, of whatever precision. */
export interface AdaptableLayer extends Layer {
  /** What the layer computes with, of shape `[outFeatures, inFeatures]`. @default {none: the lengths below count} */
  readonly weight?: { readonly shape: readonly number[] };
  /** Length of the last axis of the input, where no weight shows it. */
  readonly inFeatures?: number;
  /** Length of the last axis of the output, where no weight shows it. */
  readonly outFeatures?: number;
}

/** A layer with its adapter. */
export interface AdaptedLayer {
  /** The layer's path in the model. */
  path: string;
  /** The layer. */
  layer: AdaptableLayer;
  /** What stands beside it. */
  adapter: LoRA;
}

/**
 * A low-rank change of a layer: `y = W x + (alpha / rank) B A x`, of which only `A` and `B` are trained.
 *
 * @see Hu et al., 2021, "LoRA: Low-Rank Adaptation of Large Language Models", https://arxiv.org/abs/2106.09685
 */
export class LoRA extends Module {
  /** From the input to the rank, `[rank, inFeatures]`. */
  readonly a: Variable;
  /** From the rank to the output, `[outFeatures, rank]`; 0 at first, so that nothing changes. */
  readonly b: Variable;
  /** The numerator of {@link LoRA.scale}. */
  readonly alpha: number;
  /** Whether {@link LoRA.scale} divides by the root of the rank. */
  readonly rankStabilized: boolean;
  /** The share of the input that is dropped in training. */
  readonly dropout: number;
  /** Whether the layer adds the adapter's part. @default {true} */
  enabled = true;
  /** Whether the layer's own weight holds the adapter's part already. @default {false} */
  merged = false;

  /**
   * Makes an adapter that changes nothing yet.
   *
   * @param inFeatures Length of the last axis of the layer's input.
   * @param outFeatures Length of the last axis of its output.
   * @param options Sizes; the targets do not matter here.
   * @throws {RangeError} If the rank is no positive integer, or the dropout not in [0, 1).
   */
  constructor(inFeatures: number, outFeatures: number, options: Omit<LoRAOptions, "targets">) {
    super();
    const { rank, alpha = rank, dropout: rate = 0, rankStabilized = false } = options;
    if (!(Number.isSafeInteger(rank) && rank > 0)) {
      throw new RangeError(
        `Cannot make an adapter as rank must be a positive integer: current value is ${rank}`,
      );
    }
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(
        `Cannot make an adapter as dropout must be in [0, 1): current value is ${rate}`,
      );
    }
    const bound = 1 / Math.sqrt(inFeatures);
    this.a = parameter(() => randomUniform([rank, inFeatures], -bound, bound));
    this.b = parameter(() => tf.zeros([outFeatures, rank]));
    this.alpha = alpha;
    this.rankStabilized = rankStabilized;
    this.dropout = rate;
  }

  /** The width between the two maps. */
  get rank(): number {
    return this.a.shape[0]!;
  }

  /** What `B A x` is multiplied by. */
  get scale(): number {
    return this.alpha / (this.rankStabilized ? Math.sqrt(this.rank) : this.rank);
  }

  /** Two operations a weight. */
  override get flopsPerToken(): number {
    return 2 * (this.a.size + this.b.size);
  }

  /**
   * The adapter's part alone.
   *
   * @param x `[..., inFeatures]`
   * @returns `[..., outFeatures]`
   */
  forward(x: Tensor): Tensor {
    const read = this.training && this.dropout > 0 ? dropout(x, this.dropout) : x;
    return tf.mul(linear(linear(read, this.a), this.b), this.scale);
  }

  /** What the adapter adds to the layer's weight: `scale B A`, `[outFeatures, inFeatures]`. */
  delta(): Tensor {
    return tf.tidy(() =>
      tf.mul(tf.matMul(this.b as tf.Tensor2D, this.a as tf.Tensor2D), this.scale)
    );
  }
}

/** A layer's field that holds its adapter, and so its name in paths. */
type Adapted = AdaptableLayer & { lora?: LoRA };

/** Whether an adapter can stand beside a module. */
function isAdaptable(module: Module): module is Adapted {
  if (module instanceof Embedding || module instanceof LearnedPositions || module instanceof LoRA) {
    return false;
  }
  const layer: Partial<Omit<AdaptableLayer, keyof Module>> & Module = module;
  return typeof layer.forward === "function" && sizesOf(layer) !== undefined;
}

/** The lengths of a layer's output and input. */
function sizesOf(
  { weight, inFeatures, outFeatures }: Pick<
    AdaptableLayer,
    "weight" | "inFeatures" | "outFeatures"
  >,
): [outs: number, ins: number] | undefined {
  if (inFeatures !== undefined && outFeatures !== undefined) return [outFeatures, inFeatures];
  return weight?.shape?.length === 2 ? [weight.shape[0]!, weight.shape[1]!] : undefined;
}

/** Yields every layer that an adapter can stand beside, with its path. */
export function* adaptableLayers(model: Module): Generator<[string, AdaptableLayer]> {
  for (const [path, module] of model.namedModules()) if (isAdaptable(module)) yield [path, module];
}

/** The adapter of a layer, if it has one. */
export function adapterOf(layer: AdaptableLayer): LoRA | undefined {
  return (layer as Adapted).lora;
}

/** Yields every layer that has an adapter. */
export function* adaptedLayers(model: Module): Generator<AdaptedLayer> {
  for (const [path, layer] of adaptableLayers(model)) {
    const adapter = adapterOf(layer);
    if (adapter) yield { path, layer, adapter };
  }
}

/**
 * Puts an adapter beside one layer, which adds its part from now on; the names of the layer's own parameters stay.
 *
 * @param layer The layer, which stays as trainable as it is.
 * @param options Sizes.
 * @returns The adapter.
 */
export function attachLora(layer: AdaptableLayer, options: Omit<LoRAOptions, "targets">): LoRA {
  const adapted = layer as Adapted;
  const [outs, ins] = sizesOf(layer)!;
  const own = adapted.forward.bind(adapted);
  const adapter = new LoRA(ins, outs, options);
  adapter.training = layer.training;
  adapted.lora = adapter;
  Object.defineProperty(adapted, "forward", {
    configurable: true,
    value: (x: Tensor) => {
      const y = own(x);
      return adapter.enabled && !adapter.merged ? tf.add(y, adapter.forward(x)) : y;
    },
  });
  return adapter;
}

/**
 * Puts an adapter beside each layer that a pattern names, and freezes everything else.
 *
 * The layers may be of any precision: with a frozen base of 8-bit weights this is the way of QLoRA.
 *
 * @example
 * ```ts
 * import { addLora, Linear, mergeLora, removeLora, Sequential } from "@tome/tome/nn";
 * import { useDevice } from "@tome/tome/tensor";
 *
 * await useDevice("cpu");
 * using model = new Sequential(new Linear(64, 64), new Linear(64, 2));
 * addLora(model, { rank: 2, targets: ["layers.0"] });
 * console.assert(model.parameters().filter(({ trainable }) => trainable).length === 2);
 * mergeLora(model); // after training
 * removeLora(model);
 * ```
 * @param model The model.
 * @param options Sizes, and which layers get one.
 * @returns The layers, with their adapters.
 * @throws {RangeError} If no layer fits a pattern, or one has an adapter already.
 * @see Dettmers et al., 2023, "QLoRA: Efficient Finetuning of Quantized LLMs", https://arxiv.org/abs/2305.14314
 */
export function addLora(model: Module, options: LoRAOptions): AdaptedLayer[] {
  const layers = [...adaptableLayers(model)];
  for (const target of options.targets) {
    if (layers.some(([path]) => matchesPath(target, path))) continue;
    throw new RangeError(
      `Cannot add adapters as each target must name a layer: current target is ${
        JSON.stringify(target)
      }; there are ${layers.slice(0, 8).map(([path]) => path).join(", ")}, …`,
    );
  }
  const chosen = layers.filter(([path]) => options.targets.some((t) => matchesPath(t, path)));
  const taken = chosen.find(([, layer]) => adapterOf(layer));
  if (taken) {
    throw new RangeError(`Cannot add an adapter as ${taken[0]} has one: remove it first`);
  }
  if (chosen.length === 0) {
    throw new RangeError("Cannot add adapters as there must be a target: current targets are []");
  }
  freeze(model);
  return chosen.map(([path, layer]) => {
    return { path, layer, adapter: attachLora(layer, options) };
  });
}

/**
 * Adds each adapter's part to the layer's own weight, so that it costs nothing any more; {@link removeLora} then takes the adapters off.
 *
 * @throws {TypeError} If a layer's weight is no float32 variable, as that of a quantized one.
 */
export function mergeLora(model: Module): void {
  const layers = [...adaptedLayers(model)].filter(({ adapter }) => !adapter.merged);
  const weights = layers.map(({ path, layer }) => weightOf(path, layer));
  for (const [i, { adapter }] of layers.entries()) {
    tf.tidy(() => weights[i]!.assign(tf.add(weights[i]!, adapter.delta())));
    adapter.merged = true;
  }
}

/** Takes each adapter's part out of the layer's own weight again, up to rounding. */
export function unmergeLora(model: Module): void {
  for (const { path, layer, adapter } of adaptedLayers(model)) {
    if (!adapter.merged) continue;
    const weight = weightOf(path, layer);
    tf.tidy(() => weight.assign(tf.sub(weight, adapter.delta())));
    adapter.merged = false;
  }
}

/** Takes every adapter off, and frees it; what was merged stays in the weights. What was frozen stays frozen. */
export function removeLora(model: Module): void {
  for (const { layer, adapter } of [...adaptedLayers(model)]) {
    delete (layer as Adapted).lora;
    delete (layer as Partial<Adapted>).forward;
    adapter[Symbol.dispose]();
  }
}

/** Runs a function while no adapter adds its part, as the model was before: the reference of preference learning. */
export function withoutLora<T>(model: Module, f: () => T): T {
  const on = [...adaptedLayers(model)].map(({ path, adapter }) => {
    if (!adapter.merged) return adapter;
    throw new RangeError(
      `Cannot run without adapters as none must be merged: that of ${path} is; unmerge it first`,
    );
  }).filter(({ enabled }) => enabled);
  for (const adapter of on) adapter.enabled = false;
  try {
    return f();
  } finally {
    for (const adapter of on) adapter.enabled = true;
  }
}

/** Refuses a model that has adapters. @throws {RangeError} If it has. */
export function refuseAdapters(model: Module, what: string): void {
  for (const { path } of adaptedLayers(model)) {
    throw new RangeError(
      `Cannot ${what} as no layer must have an adapter: ${path} has one; merge and remove it, or use the folders of adapters`,
    );
  }
}

function weightOf(path: string, layer: AdaptableLayer): Variable {
  const { weight } = layer;
  if (weight instanceof tf.Variable && weight.dtype === "float32") return weight;
  throw new TypeError(
    `Cannot merge the adapter of ${path} as the layer's weight must be a float32 variable: it is of another kind`,
  );
}
