import { loadT5, saveT5, T5, type T5Config } from "@tome/tome/models/t5";
import {
  loadMarian,
  saveMarian,
  Transformer,
  type TransformerConfig,
} from "@tome/tome/models/transformer";
import type { Seq2SeqLM } from "@tome/tome/nn";
import { seed } from "@tome/tome/tensor";
import assert from "node:assert/strict";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { enter } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { findPython, runPython } from "../../../_support/python.ts";

const SIZES: T5Config & TransformerConfig = {
  vocabSize: 13,
  contextLength: 8,
  embedDim: 8,
  numLayers: 2,
  decoderLayers: 1,
  numHeads: 2,
  headDim: 4,
  hiddenDim: 12,
  dropout: 0,
};
const IDS = [[5, 3, 12, 6, 7]];
const TARGETS = [[1, 9, 4]];

/** Loads each folder, prints its logits, and saves it again beside with other weights. */
const PROGRAM = `
import json, sys, torch
from transformers import AutoModelForSeq2SeqLM
ids, targets = torch.tensor(${JSON.stringify(IDS)}), torch.tensor(${JSON.stringify(TARGETS)})
seen = []
for folder in sys.argv[1:]:
    model, report = AutoModelForSeq2SeqLM.from_pretrained(folder + "/ours", output_loading_info=True)
    model.eval()
    run = lambda: model(input_ids=ids, decoder_input_ids=targets).logits.flatten().tolist()
    first = run()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "embed_positions" not in name: p.mul_(1.5)
    seen.append({"missing": sorted(report["missing_keys"]), "unexpected": sorted(report["unexpected_keys"]),
                 "first": first, "second": run()})
    model.save_pretrained(folder + "/theirs")
print(json.dumps(seen))
`;

type Model = Seq2SeqLM & Disposable;

interface Family {
  name: string;
  model: Model;
  save: (folder: string) => Promise<void>;
  load: (folder: string) => Promise<Model>;
}

function t5(name: string, config: Partial<T5Config>): Family {
  const model = new T5({ ...SIZES, ...config }).eval();
  return { name, model, save: (folder) => saveT5(model, folder), load: loadT5 };
}

function marian(name: string, config: Partial<TransformerConfig>): Family {
  const model = new Transformer({ ...SIZES, positions: "sinesFirst", ...config }).eval();
  return { name, model, save: (folder) => saveMarian(model, folder), load: loadMarian };
}

interface Seen {
  missing: string[];
  unexpected: string[];
  first: number[];
  second: number[];
}

const python = await findPython("torch", "transformers");
if (!python) {
  // deno-lint-ignore no-console
  console.log(
    "T5 and Marian with the transformers package: not run, no Python has it (TOME_PYTHON names one)",
  );
} else {
  Deno.test("The folders of T5s and Marians pass through the transformers package", async () => {
    await enter("wasm");
    seed(1);
    const families = [
      t5("T5", {}),
      t5("T5 with a gated network", { network: "gated-gelu", scaled: false }),
      t5("T5 v1.1", { network: "gated-gelu", tied: false }),
      marian("Marian", { activation: "swish", outputBias: true }),
      marian("Marian with two vocabularies", { shared: "output", activation: "gelu" }),
    ];
    const logits = (model: Seq2SeqLM) =>
      tf.tidy(() => {
        const memory = model.encode({ ids: tf.tensor2d(IDS, undefined, "int32") });
        return model.decode(tf.tensor2d(TARGETS, undefined, "int32"), memory);
      });
    const folder = await Deno.makeTempDir();
    try {
      const folders = families.map((_, i) => `${folder}/${i}`);
      for (const [i, { save }] of families.entries()) {
        await Deno.mkdir(folders[i]!);
        await save(`${folders[i]}/ours`);
      }
      const seen = await runPython(python, PROGRAM, folders) as Seen[];
      for (const [i, { name, model, load }] of families.entries()) {
        const { missing, unexpected, first, second } = seen[i]!;
        assert.deepEqual([name, missing, unexpected], [name, [], []]);
        await assertClose(logits(model), first, { atol: 1e-4 });
        using theirs = await load(`${folders[i]}/theirs`);
        await assertClose(logits(theirs), second, { atol: 1e-4 });
      }
    } finally {
      for (const { model } of families) model[Symbol.dispose]();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
