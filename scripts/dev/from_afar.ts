// deno-lint-ignore-file no-console
/**
 * What `check_publish.ts` runs in an empty folder, with the library's address in place of `@tome/tome`: a GPT learns on
 * each device that answers, is saved, loaded, and writes the same again.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { TextWindows } from "@tome/tome/data";
import { lineChart, trainingReport } from "@tome/tome/display";
import { generate } from "@tome/tome/generate";
import { GPT, loadGPT, saveGPT } from "@tome/tome/models/gpt";
import { rmsNorm } from "@tome/tome/ops";
import { AdamW } from "@tome/tome/optim";
import { type DeviceName, memory, seed, useDevice } from "@tome/tome/tensor";
import { trainBytePair } from "@tome/tome/text";
import { nextToken, Trainer } from "@tome/tome/train";

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The published package fails: ${what}`);
}

const devices: DeviceName[] = ["cpu", "wasm"];
if (await navigator.gpu?.requestAdapter()) devices.push("webgpu");
const text = "the whale and the ship and the sea, ".repeat(40);

for (const device of devices) {
  await useDevice(device);
  const before = memory().numTensors;

  // a GPU program, which is a text file beside its source, and its gradient
  const x = tf.tensor2d([[3, 4]]);
  const gain = tf.tensor1d([1, 2]);
  const [y, dx] = tf.tidy(() => [rmsNorm(x, gain), tf.grad((x) => rmsNorm(x, gain).sum())(x)]);
  const row = await y!.data();
  check(Math.abs(row[0]! - 0.848528) < 1e-4 && Math.abs(row[1]! - 2.262742) < 1e-4, "rmsNorm()");
  check((await dx!.data()).every(Number.isFinite), "the gradient of rmsNorm()");
  tf.dispose([x, gain, y!, dx!]);

  seed(1);
  const tokenizer = trainBytePair(text, { vocabSize: 270 });
  const sizes = { contextLength: 8, numLayers: 1, numHeads: 2, embedDim: 16, dropout: 0 };
  {
    using model = new GPT({ vocabSize: tokenizer.vocabSize, ...sizes });
    using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
    const batches = new TextWindows(tokenizer.encode(text), { contextLength: 8, batchSize: 4 });
    const history = await new Trainer(model, { optimizer, loss: nextToken })
      .fit(batches, { steps: 20 });
    const [first, last] = [history[0]!.loss, history.at(-1)!.loss];
    check(last < 0.9 * first, `the loss goes from ${first} to ${last} in 20 steps on ${device}`);

    await saveGPT(model, "model", { tokenizerJson: JSON.stringify(tokenizer) });
    using loaded = await loadGPT("model");
    const prompt = tokenizer.encode("the ");
    const write = async (gpt: GPT) =>
      (await generate(gpt.eval(), prompt, { maxNewTokens: 6 }))[0]!.newIds.join();
    check(await write(model) === await write(loaded), `a GPT saved and loaded on ${device}`);

    const losses = { train: history.map(({ step, loss }): [number, number] => [step, loss]) };
    check(`${lineChart(losses)}`.includes("┤"), "lineChart()");
    const report = await trainingReport({ title: "far", device: [], configuration: {}, losses });
    check(report.includes("plotly.js (cartesian"), "trainingReport()");
    console.log(
      `publish: from afar, a GPT learns on ${device}: ${first.toFixed(2)} → ${last.toFixed(2)}`,
    );
  }
  check(
    memory().numTensors === before,
    `${memory().numTensors - before} tensors stay on ${device}`,
  );
}
