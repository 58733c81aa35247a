/**
 * Times training steps of nanoGPT's CPU configuration (4 layers, 4 heads, width 128, context 64, batch 12) on the
 * devices of this machine and, where a Python with PyTorch is found, in PyTorch, in turns within the same minute.
 *
 *     deno run -A scripts/bench.ts
 *     deno run -A scripts/bench.ts --devices=wasm,xnnpack,webgpu --steps=40 --json
 *     TOME_PYTHON=venv/bin/python deno run -A scripts/bench.ts
 *
 * Least permissions: --allow-read --allow-env --allow-ffi (for BLAS) --allow-run (for PyTorch).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import type { TokenBatch } from "@tome/tome/data";
import { GPT, GPT_PRESETS } from "@tome/tome/models/gpt";
import { AdamW } from "@tome/tome/optim";
import { gpuCounters, memory, rng, seed, useDevice } from "@tome/tome/tensor";
import { nextToken, Trainer } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import { readFlags, refuse, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  devices: {
    type: "string",
    default: "wasm,xnnpack",
    help: "what to time: wasm (with BLAS), xnnpack (wasm without BLAS), cpu, webgpu",
  },
  steps: { type: "integer", default: 20, min: 3, help: "steps in each round" },
  rounds: { type: "integer", default: 3, min: 1, help: "rounds; the best median counts" },
  json: { type: "boolean", help: "print one JSON object at the end" },
});

const CONTESTANTS = ["wasm", "xnnpack", "cpu", "webgpu"];
const names = flags.devices.split(",");
const stranger = names.find((name) => !CONTESTANTS.includes(name));
if (stranger !== undefined) {
  refuse(import.meta.url, `--devices must be of ${CONTESTANTS.join(", ")}: one is "${stranger}"`);
}

/** What was measured of one contestant. */
interface Result {
  name: string;
  detail: string;
  /** The best round's median, in milliseconds a step. */
  medianMillis: number;
  minMillis: number;
  /** GPU programs launched a step. */
  dispatchesPerStep?: number;
  /** Tensors that a step leaves behind. */
  leakedPerStep?: number;
}

const BATCH = 12;
const CONFIG = GPT_PRESETS["nanogpt-cpu"];

/** Token ids drawn at random: a step costs the same whatever they say. */
function* batches(): Generator<TokenBatch> {
  const shape: [number, number] = [BATCH, CONFIG.contextLength];
  const draw = () =>
    Int32Array.from({ length: shape[0] * shape[1] }, () => rng.int(CONFIG.vocabSize));
  while (true) {
    yield {
      inputs: tf.tensor2d(draw(), shape, "int32"),
      targets: tf.tensor2d(draw(), shape, "int32"),
    };
  }
}

async function time(name: string): Promise<Result> {
  const device = name === "xnnpack" ? "wasm" : name as "wasm" | "cpu" | "webgpu";
  const { report } = await useDevice(device, { blas: name !== "xnnpack" });
  seed(1);
  using model = new GPT(CONFIG);
  using optimizer = new AdamW(model.namedParameters(), {
    lr: 1e-3,
    betas: [0.9, 0.99],
    weightDecay: 0.1,
  });
  const trainer = new Trainer(model, {
    optimizer,
    loss: nextToken,
    maxGradNorm: 1,
    logEvery: device === "webgpu" ? 5 : 1,
  });
  const warm = 3;
  const times: number[] = [];
  let before = 0, dispatches = 0;
  for await (const { step, millis } of trainer.steps(batches(), { steps: warm + flags.steps })) {
    if (step === warm) [before, dispatches] = [memory().numTensors, gpuCounters().dispatches];
    if (step > warm) times.push(millis);
  }
  times.sort((a, b) => a - b);
  return {
    name,
    detail: report.adapter?.description ??
      (report.wasm ? `${report.wasm.matmul}, ${report.wasm.threads} threads` : "plain JavaScript"),
    medianMillis: times[times.length >> 1]!,
    minMillis: times[0]!,
    leakedPerStep: (memory().numTensors - before) / flags.steps,
    ...(device === "webgpu"
      ? { dispatchesPerStep: (gpuCounters().dispatches - dispatches) / flags.steps }
      : {}),
  };
}

/** The same steps in PyTorch, if there is a Python that has it. */
async function timeTorch(): Promise<Result | undefined> {
  const script = new URL("./dev/torch_gpt.py", import.meta.url).pathname;
  for (const python of [Deno.env.get("TOME_PYTHON"), "python3"]) {
    if (!python) continue;
    try {
      const { success, stdout } = await new Deno.Command(python, {
        args: [script, `--steps=${flags.steps}`],
        stderr: "null",
      }).output();
      if (!success) continue;
      const { torch, threads, ...times } = JSON.parse(new TextDecoder().decode(stdout));
      return { name: "PyTorch", detail: `${torch}, ${threads} threads`, ...times };
    } catch (error) {
      const { NotCapable, NotFound } = Deno.errors;
      if (!(error instanceof NotFound || error instanceof NotCapable)) throw error;
    }
  }
  return undefined;
}

await run(async () => {
  const best = new Map<string, Result>();
  const keep = (result: Result | undefined) => {
    if (!result) return;
    const other = best.get(result.name);
    if (!other || result.medianMillis < other.medianMillis) best.set(result.name, result);
  };
  for (let round = 1; round <= flags.rounds; round++) {
    console.log(`round ${round} of ${flags.rounds}`);
    for (const name of names) keep(await time(name));
    keep(await timeTorch());
  }
  const torch = best.get("PyTorch");
  const rows = [...best.values()].map((result) => ({
    ...result,
    tokensPerSecond: Math.round(1000 * BATCH * CONFIG.contextLength / result.medianMillis),
    ...(torch ? { ratioToTorch: result.medianMillis / torch.medianMillis } : {}),
  }));
  console.log(
    `Deno ${Deno.version.deno}, tfjs ${tf.version.tfjs}, ${navigator.hardwareConcurrency} cores`,
  );
  console.table(Object.fromEntries(rows.map(({ name, ...rest }) => [
    name,
    Object.fromEntries(
      Object.entries(rest).map((
        [k, v],
      ) => [k, typeof v === "number" ? Math.round(v * 100) / 100 : v]),
    ),
  ])));
  if (!torch) console.log("PyTorch: not run, no Python has it (TOME_PYTHON names one)");
  if (flags.json) console.log(JSON.stringify(rows));
});
