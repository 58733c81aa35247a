import * as tf from "../tensor/_tf.ts";
import { dispatch, type GPUBackend, type Program } from "../tensor/dispatch.ts";
import { checkShape, type Tensor } from "../tensor/mod.ts";
import wgsl from "./sample_tokens.wgsl" with { type: "text" };

/** What is drawn from; the cuts are made in this order. */
export interface SampleTokensOptions {
  /** What logits are divided by, above 0. @default {1} */
  temperature?: number;
  /** Keeps the `topK` likeliest, and those equal to the last of them. @default {all} */
  topK?: number;
  /** Keeps the fewest whose probabilities sum to at least `topP`. @default {1} */
  topP?: number;
  /** Keeps those with at least `minP` times the probability of the likeliest. @default {0} */
  minP?: number;
}

/** The tokens that were chosen. */
export interface SampledTokens {
  /** Their ids, `[B, 1]`, int32: what a model is given next. */
  ids: Tensor;
  /** Each id as float32, and the logarithm of its probability by the uncut logits, `[B, 2]`: what is read. */
  chosen: Tensor;
}

const PROGRAM: Program = {
  label: "sample tokens",
  code: wgsl,
  writes: [true, true, false, false],
};
/** Ids beyond it have no float32 of their own. */
const MOST = 2 ** 24;

/**
 * Chooses a token for each row of logits, on the device where they lie.
 *
 * With `draws`, it is the first whose probability, added to those of the lower ids, exceeds the drawn share of their sum.
 * The log probability is NaN if a logit is, or none is finite. There is no gradient: it is made for generation.
 *
 * @param logits `[B, V]`, float32; V is at most 2²⁴.
 * @param draws Numbers in [0, 1), `[B]`, float32; none takes the likeliest, the first of equal ones.
 * @param options What is drawn from.
 * @throws {ShapeError} If the shapes do not fit.
 * @throws {RangeError} If there are too many tokens.
 */
export function sampleTokens(
  logits: Tensor,
  draws?: Tensor,
  options: SampleTokensOptions = {},
): SampledTokens {
  checkShape("apply sampleTokens", "logits", logits, [-1, -1]);
  const [B, V] = logits.shape as [number, number];
  if (draws) checkShape("apply sampleTokens", "draws", draws, [B]);
  if (V > MOST) {
    throw new RangeError(
      `Cannot apply sampleTokens as there must be at most ${MOST} tokens: current number is ${V}`,
    );
  }
  if (tf.getBackend() === "webgpu") return onGPU(logits, draws, options);
  const [x, random] = [logits.dataSync(), draws?.dataSync()];
  const chosen = new Float32Array(2 * B);
  for (let row = 0; row < B; row++) {
    const values = x.subarray(row * V, (row + 1) * V) as Float32Array;
    chosen.set(sampleRow(values, random?.[row], options), 2 * row);
  }
  const ids = Int32Array.from({ length: B }, (_, row) => chosen[2 * row]!);
  return { ids: tf.tensor2d(ids, [B, 1], "int32"), chosen: tf.tensor2d(chosen, [B, 2]) };
}

function onGPU(
  logits: Tensor,
  draws: Tensor | undefined,
  { temperature = 1, topK = Infinity, topP = 1, minP = 0 }: SampleTokensOptions,
): SampledTokens {
  const backend = tf.backend() as unknown as GPUBackend;
  const [B, V] = logits.shape as [number, number];
  const ids = backend.makeTensorInfo([B, 1], "int32");
  const chosen = backend.makeTensorInfo([B, 2], "float32");
  const data = [ids, chosen, logits, draws ?? logits].map(({ dataId }) => dataId);
  const least = minP > 0 ? Math.log(minP) : -3e38;
  dispatch(
    backend,
    PROGRAM,
    data,
    [V, Number(draws !== undefined), Math.min(topK, V)],
    [temperature, topP, least],
    B,
  );
  const made = [ids, chosen].map((info) => tf.engine().makeTensorFromTensorInfo(info, backend));
  return { ids: made[0]!, chosen: made[1]! };
}

/** The token of a row and its log probability. */
function sampleRow(
  logits: Float32Array,
  draw: number | undefined,
  { temperature = 1, topK = Infinity, topP = 1, minP = 0 }: SampleTokensOptions,
): [id: number, logProb: number] {
  let [best, sum] = [0, 0];
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  const most = logits[best]!;
  for (const x of logits) sum += Math.exp(x - most);
  const logProb = (id: number) => logits[id]! - most - Math.log(sum);
  if (draw === undefined) return [best, logProb(best)];
  const weights = Float64Array.from(logits, (x) => Math.exp((x - most) / temperature));
  const order = [...weights.keys()].sort((i, j) => weights[j]! - weights[i]! || i - j);
  let count = order.length;
  while (count > topK && weights[order[count - 1]!]! < weights[order[topK - 1]!]!) count--;
  const all = order.slice(0, count).reduce((total, id) => total + weights[id]!, 0);
  if (topP < 1) {
    let [kept, mass] = [0, 0];
    while (kept < count && mass < topP * all) mass += weights[order[kept++]!]!;
    count = kept;
  }
  const kept = order.slice(0, count).filter((id) => weights[id]! >= minP).sort((i, j) => i - j);
  let left = draw * kept.reduce((total, id) => total + weights[id]!, 0);
  let id = best;
  for (id of kept) if ((left -= weights[id]!) < 0) break;
  return [id, logProb(id)];
}
