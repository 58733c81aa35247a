import { AdamW, clipByGlobalNorm } from "@tome/tome/optim";
import { randomNormal, type Tensor, type Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { DEVICES, enter } from "../../_support/devices.ts";

/** The 52 parameters, 0.8 million numbers, of a GPT of 4 layers, width 128, context 64 and 65 characters. */
function shapes(): number[][] {
  const C = 128;
  const layer = [[C], [C], [3 * C, C], [3 * C], [C, C], [C], [C], [C], [4 * C, C], [4 * C], [
    C,
    4 * C,
  ], [C]];
  return [[65, C], [64, C], ...Array(4).fill(layer).flat(), [C], [C]];
}

for (const device of DEVICES) {
  for (
    const [name, make] of [["tf.train.adam", baseline], ["AdamW", ours], [
      "AdamW and clipping",
      clipped,
    ]] as const
  ) {
    let step: (() => Promise<void>) | undefined;
    Deno.bench({
      name,
      group: `an optimizer step of 0.8 M parameters, float32, ${device}`,
      baseline: name === "tf.train.adam",
      n: 30,
      warmup: 10,
      async fn(b) {
        await enter(device);
        step ??= make();
        b.start();
        await step();
        b.end();
      },
    });
  }
}

/** Parameters and gradients by name. */
function setUp(): [Map<string, Variable>, Map<string, Tensor>] {
  const names = shapes().map((shape, k) => [`p${k}.${crypto.randomUUID()}`, shape] as const);
  return [
    new Map(names.map(([name, shape]) => [name, tf.variable(randomNormal(shape), true, name)])),
    new Map(names.map(([name, shape]) => [name, randomNormal(shape)])),
  ];
}

/** Waits for the GPU. */
async function finish(variable: Variable): Promise<void> {
  if (tf.getBackend() === "webgpu") await variable.data();
}

function baseline() {
  const [parameters, gradients] = setUp();
  const optimizer = tf.train.adam(1e-3);
  return async () => {
    optimizer.applyGradients([...gradients].map(([name, tensor]) => ({ name, tensor })));
    await finish(parameters.values().next().value!);
  };
}

function ours() {
  const [parameters, gradients] = setUp();
  const optimizer = new AdamW(parameters);
  return async () => {
    optimizer.step(gradients);
    await finish(parameters.values().next().value!);
  };
}

function clipped() {
  const [parameters, gradients] = setUp();
  const optimizer = new AdamW(parameters);
  return async () => {
    tf.tidy(() => {
      const { coefficient } = clipByGlobalNorm(gradients, 1);
      optimizer.step(gradients, { scale: coefficient });
    });
    await finish(parameters.values().next().value!);
  };
}
