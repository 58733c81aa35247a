/**
 * The GPT step in TensorFlow.js as it is published: public operations, `tf.variableGrads` and `tf.train.adam`.
 *
 * @module
 */
import type { SetUp } from "../contender.ts";
import { batches, firstWeights, type GPTTask } from "../gpt.ts";
import { startTfjs, tf } from "./tfjs.ts";

type Weights = Map<string, tf.Variable>;

function norm(x: tf.Tensor, weights: Weights, name: string): tf.Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  const y = x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(weights.get(`${name}.weight`)!);
  const bias = weights.get(`${name}.bias`);
  return bias ? y.add(bias) : y;
}

function linear(x: tf.Tensor, weights: Weights, name: string): tf.Tensor {
  const weight = weights.get(`${name}.weight`)!;
  const y = x.reshape([-1, weight.shape[1]!]).matMul(weight as tf.Tensor, false, true)
    .reshape([...x.shape.slice(0, -1), weight.shape[0]!]);
  const bias = weights.get(`${name}.bias`);
  return bias ? y.add(bias) : y;
}

function gelu(x: tf.Tensor, kind: "tanh" | "none"): tf.Tensor {
  const inner = kind === "none"
    ? tf.erf(x.mul(Math.SQRT1_2))
    : tf.tanh(x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI)));
  return x.mul(0.5).mul(inner.add(1));
}

function lossOf(task: GPTTask, w: Weights, hide: tf.Tensor, ids: tf.Tensor2D, next: tf.Tensor2D) {
  const { batch: B, context: T, width: C, heads: H, layers, vocab } = task;
  let x = tf.gather(w.get("tokens.weight")!, ids).add(w.get("positions.weight")!);
  for (let k = 0; k < layers; k++) {
    const at = `blocks.${k}`;
    const qkv = linear(norm(x, w, `${at}.norm1`), w, `${at}.attn.qkv`);
    const [q, key, v] = tf.split(qkv, 3, -1)
      .map((part) => part.reshape([B, T, H, C / H]).transpose([0, 2, 1, 3]));
    const scores = tf.matMul(q!, key!, false, true).mul(1 / Math.sqrt(C / H)).add(hide);
    const y = tf.matMul(tf.softmax(scores), v!).transpose([0, 2, 1, 3]).reshape([B, T, C]);
    x = x.add(linear(y, w, `${at}.attn.proj`));
    const hidden = gelu(linear(norm(x, w, `${at}.norm2`), w, `${at}.mlp.fc`), task.gelu);
    x = x.add(linear(hidden, w, `${at}.mlp.proj`));
  }
  const rows = norm(x, w, "norm").reshape([B * T, C]);
  const logits = rows.matMul(w.get("tokens.weight") as tf.Tensor, false, true);
  const picked = tf.logSoftmax(logits).mul(tf.oneHot(next.reshape([B * T]).toInt(), vocab));
  return picked.sum().neg().div(B * T).asScalar();
}

async function setUp(device: "webgpu" | "wasm", task: GPTTask) {
  const facts = await startTfjs(device);
  const { lr, beta1, beta2, eps, decay, clip } = task.recipe;
  const w: Weights = new Map(
    [...firstWeights(task)].map(([name, { shape, values }]) => [
      name,
      tf.variable(tf.tensor(values, shape), true, name),
    ]),
  );
  const optimizer = tf.train.adam(lr, beta1, beta2, eps);
  const { context: T, batch } = task;
  const hide = tf.tidy(() =>
    tf.linalg.bandPart(tf.ones([T, T]), -1, 0).sub(1).mul(1e9) as tf.Tensor
  );
  const source = batches(task);

  const step = () => {
    const { inputs, targets } = source.next().value!;
    return tf.tidy(() => {
      const [ids, next] = [inputs, targets].map((values) =>
        tf.tensor2d(values, [batch, T], "int32")
      );
      const made = tf.variableGrads(() => lossOf(task, w, hide, ids!, next!));
      let grads: tf.NamedTensorMap = made.grads;
      if (clip !== undefined) {
        const squares = Object.values(grads).map((g) => g.square().sum());
        const scale = tf.minimum(tf.div(clip, tf.addN(squares).sqrt().add(1e-6)), 1);
        grads = Object.fromEntries(Object.entries(grads).map(([k, g]) => [k, g.mul(scale)]));
      }
      if (decay > 0) w.forEach((each) => each.assign(each.mul(1 - lr * decay)));
      optimizer.applyGradients(grads as tf.NamedTensorMap & Record<string, tf.Variable>);
      return made.value;
    });
  };
  return {
    facts,
    async run(units: number) {
      const losses = Array.from({ length: units }, step);
      const read = await Promise.all(losses.map(async (loss) => (await loss.data())[0]!));
      tf.dispose(losses);
      return read;
    },
  };
}

/** On WebGPU. */
export const webgpu: SetUp<GPTTask> = (task) => setUp("webgpu", task);

/** On WebAssembly. */
export const wasm: SetUp<GPTTask> = (task) => setUp("wasm", task);
