import assert from "node:assert/strict";
import { GPT, type GPTConfig, loadGPT, saveGPT } from "@tome/tome/models/gpt";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { enter } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { findPython, runPython } from "../../../_support/python.ts";

const CONFIG: GPTConfig = {
  vocabSize: 13,
  contextLength: 8,
  numLayers: 2,
  numHeads: 2,
  embedDim: 8,
  dropout: 0,
};
const IDS = [[1, 5, 3, 12, 0, 7]];

/** Loads the folder, prints its logits, and saves it again beside with other weights. */
const PROGRAM = `
import json, sys, torch
from transformers import GPT2LMHeadModel
model, report = GPT2LMHeadModel.from_pretrained(sys.argv[1], output_loading_info=True)
model.eval()
ids = torch.tensor(${JSON.stringify(IDS)})
first = model(ids).logits.flatten().tolist()
with torch.no_grad():
    for p in model.parameters(): p.mul_(1.5)
model.save_pretrained(sys.argv[2])
print(json.dumps({"missing": sorted(report["missing_keys"]), "unexpected": sorted(report["unexpected_keys"]),
                  "first": first, "second": model(ids).logits.flatten().tolist()}))
`;

const python = await findPython("torch", "transformers");

if (!python) {
  // deno-lint-ignore no-console
  console.log(
    "GPT with the transformers package: not run, no Python has it (TOME_PYTHON names one)",
  );
} else {
  for (const bias of [true, false]) {
    Deno.test(`GPT's folder${bias ? "" : ", without biases,"} passes through the transformers package`, async () => {
      await enter("wasm");
      seed(1);
      const folder = await Deno.makeTempDir();
      try {
        using model = new GPT({ ...CONFIG, bias }).eval();
        for (const [name, p] of model.namedParameters()) {
          if (name.endsWith("weight")) p.assign(tf.mul(p, 8)); // logits far from 0
        }
        await saveGPT(model, `${folder}/ours`);
        const seen = await runPython(python, PROGRAM, [`${folder}/ours`, `${folder}/theirs`]) as {
          missing: string[];
          unexpected: string[];
          first: number[];
          second: number[];
        };
        assert.deepEqual([seen.missing, seen.unexpected], [[], []]);
        const ids = tf.tensor2d(IDS, undefined, "int32");
        await assertClose(tf.tidy(() => model.forward(ids)), seen.first, { atol: 1e-4 });
        using theirs = await loadGPT(`${folder}/theirs`);
        await assertClose(tf.tidy(() => theirs.forward(ids)), seen.second, { atol: 1e-4 });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}
