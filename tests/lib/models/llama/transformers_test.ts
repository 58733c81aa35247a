import assert from "node:assert/strict";
import { Llama, type LlamaConfig, loadLlama, saveLlama } from "@tome/tome/models/llama";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { enter } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { findPython, runPython } from "../../../_support/python.ts";

const TINY: LlamaConfig = {
  vocabSize: 13,
  contextLength: 32,
  numLayers: 2,
  numHeads: 4,
  numKeyHeads: 2,
  embedDim: 16,
  hiddenDim: 12,
};
const CONFIGS: Record<string, LlamaConfig> = {
  "llama": { ...TINY, bias: true, mlpBias: true },
  "llama3": {
    ...TINY,
    tied: true,
    ropeTheta: 500,
    ropeScaling: {
      type: "llama3",
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalLength: 16,
    },
  },
  "mistral": { ...TINY, family: "mistral", window: 3, headDim: 6 },
  "qwen2": {
    ...TINY,
    family: "qwen2",
    window: 3,
    windowLayers: [1],
    ropeScaling: { type: "yarn", factor: 2, originalLength: 16, betaFast: 4 },
  },
  "qwen3": { ...TINY, family: "qwen3", headDim: 6, tied: true },
  "smollm3": { ...TINY, family: "smollm3", unturnedLayers: [0], tied: true },
};
const IDS = [[1, 5, 3, 12, 0, 7]];

/** Loads each folder, prints its logits, and saves it again beside with other weights, in several files. */
const PROGRAM = `
import json, sys, torch
from transformers import AutoModelForCausalLM
result = {}
for name in ${JSON.stringify(Object.keys(CONFIGS))}:
    model, report = AutoModelForCausalLM.from_pretrained(
        f"{sys.argv[1]}/{name}", output_loading_info=True, attn_implementation="eager")
    model.eval()
    ids = torch.tensor(${JSON.stringify(IDS)})
    first = model(ids).logits.flatten().tolist()
    with torch.no_grad():
        for p in model.parameters(): p.mul_(1.1)
    model.save_pretrained(f"{sys.argv[2]}/{name}", max_shard_size="4KB")
    result[name] = {"missing": sorted(report["missing_keys"]), "unexpected": sorted(report["unexpected_keys"]),
                    "class": type(model).__name__, "first": first, "second": model(ids).logits.flatten().tolist()}
print(json.dumps(result))
`;

const python = await findPython("torch", "transformers");

if (!python) {
  // deno-lint-ignore no-console
  console.log(
    "Llama with the transformers package: not run, no Python has it (TOME_PYTHON names one)",
  );
} else {
  Deno.test("Llama's folders pass through the transformers package, for each family", async () => {
    await enter("wasm");
    const folder = await Deno.makeTempDir();
    const models: Record<string, Llama> = {};
    try {
      for (const [name, config] of Object.entries(CONFIGS)) {
        seed(1);
        const model = models[name] = new Llama(config).eval();
        for (const p of model.parameters()) {
          tf.tidy(() => p.assign(p.rank === 2 ? tf.mul(p, 8) : tf.add(p, 0.1)));
        }
        await saveLlama(model, `${folder}/ours/${name}`);
      }
      const seen = await runPython(python, PROGRAM, [
        `${folder}/ours`,
        `${folder}/theirs`,
      ]) as Record<
        string,
        {
          missing: string[];
          unexpected: string[];
          class: string;
          first: number[];
          second: number[];
        }
      >;
      const ids = tf.tensor2d(IDS, undefined, "int32");
      for (const [name, model] of Object.entries(models)) {
        const { missing, unexpected, class: kind, first, second } = seen[name]!;
        assert.deepEqual([missing, unexpected], [[], []]);
        assert.match(kind.toLowerCase(), new RegExp(`^${model.config.family ?? "llama"}for`));
        const logits = tf.tidy(() => model.forward(ids));
        await assertClose(logits, first, { atol: 1e-4 });
        using theirs = await loadLlama(`${folder}/theirs/${name}`);
        const again = tf.tidy(() => theirs.forward(ids));
        await assertClose(again, second, { atol: 1e-4 });
        tf.dispose([logits, again]);
      }
      ids.dispose();
    } finally {
      for (const model of Object.values(models)) model[Symbol.dispose]();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
