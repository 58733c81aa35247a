import assert from "node:assert/strict";
import type { TokenBatch } from "@tome/tome/data";
import { GPT } from "@tome/tome/models/gpt";
import { AdamW } from "@tome/tome/optim";
import { gpuCounters, rng, seed, useDevice } from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { countDispatches, updatesOf } from "../../_support/dispatches.ts";

/** GPU programs that one training step may launch beside the optimizer's; whoever needs fewer lowers it. */
const BUDGET = 64;

const STEPS = 6;

testOnDevices("Trainer launches no more programs a step than its budget", async () => {
  await useDevice("webgpu"); // not in strict mode, in which nothing is recorded
  seed(1);
  const sizes = { contextLength: 64, numLayers: 2, numHeads: 4, embedDim: 64 };
  using model = new GPT({ vocabSize: 65, ...sizes, dropout: 0 });
  using optimizer = new AdamW(model.namedParameters(), { lr: 1e-3 });
  const draw = () => tf.tensor2d(Int32Array.from({ length: 512 }, () => rng.int(65)), [8, 64]);
  function* batches(): Generator<TokenBatch> {
    while (true) yield { inputs: draw(), targets: draw() };
  }
  const train = (steps: number) =>
    new Trainer(model, { optimizer, loss: nextToken }).fit(batches(), { steps });
  await train(1); // makes the optimizer's state
  const count = await countDispatches(() => train(STEPS));
  assert.ok(gpuCounters().replays > 0, "no step was replayed");
  assert.ok(count > 0, "no program was launched");
  const allowed = BUDGET + updatesOf(model.parameters().length);
  assert.ok(
    count <= STEPS * allowed,
    `${count / STEPS} programs a step, and ${allowed} are allowed`,
  );
}, ["webgpu"]);
