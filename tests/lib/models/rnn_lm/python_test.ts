import { loadModel } from "@tome/tome";
import { RNNLM, saveRNNLM } from "@tome/tome/models/rnn-lm";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { enter } from "../../../_support/devices.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { findPython, runPython } from "../../../_support/python.ts";

const IDS = [[1, 5, 3, 9, 0, 7]];

/** Loads the folder into PyTorch's modules, prints its logits, and saves it again beside with other weights. */
const PROGRAM = `
import json, os, shutil, sys, torch
from safetensors.torch import load_file, save_file
config = json.load(open(os.path.join(sys.argv[1], "config.json")))
V, E, H = config["vocab_size"], config["embedding_size"], config["hidden_size"]
model = torch.nn.ModuleDict({
    "encoder": torch.nn.Embedding(V, E),
    "rnn": getattr(torch.nn, config["rnn_type"])(E, H, config["num_layers"], batch_first=True),
    "decoder": torch.nn.Linear(H, V),
})
if config["tie_word_embeddings"]: model["decoder"].weight = model["encoder"].weight
report = model.load_state_dict(load_file(os.path.join(sys.argv[1], "model.safetensors")), strict=False)
shared = ["decoder.weight"] if config["tie_word_embeddings"] else []
assert report.missing_keys == shared and not report.unexpected_keys, report
ids = torch.tensor(${JSON.stringify(IDS)})
run = lambda: model["decoder"](model["rnn"](model["encoder"](ids))[0]).flatten().tolist()
first = run()
with torch.no_grad():
    for p in model.parameters(): p.mul_(1.5)
os.makedirs(sys.argv[2])
shutil.copy(os.path.join(sys.argv[1], "config.json"), sys.argv[2])
weights = {n: p.clone() for n, p in model.state_dict().items()}
save_file(weights, os.path.join(sys.argv[2], "model.safetensors"))
print(json.dumps({"first": first, "second": run()}))
`;

const python = await findPython("torch", "safetensors");

if (!python) {
  // deno-lint-ignore no-console
  console.log("RNNLM with PyTorch: not run, no Python has it (TOME_PYTHON names one)");
} else {
  for (const [cell, tied] of [["lstm", true], ["gru", false]] as const) {
    Deno.test(`RNNLM's folder of ${cell} cells passes through PyTorch`, async () => {
      await enter("wasm");
      seed(1);
      const folder = await Deno.makeTempDir();
      try {
        const config = { vocabSize: 10, embedDim: 6, hiddenSize: 6, numLayers: 2, cell, tied };
        using model = new RNNLM(config).eval();
        for (const [, p] of model.namedParameters()) tf.tidy(() => p.assign(tf.mul(p, 3)));
        await saveRNNLM(model, `${folder}/ours`);
        const seen = await runPython(python, PROGRAM, [`${folder}/ours`, `${folder}/theirs`]) as {
          first: number[];
          second: number[];
        };
        const ids = tf.tensor2d(IDS, undefined, "int32");
        await assertClose(tf.tidy(() => model.forward(ids)), seen.first, { atol: 1e-4 });
        using theirs = await loadModel(`${folder}/theirs`, { task: "causal-lm" });
        await assertClose(tf.tidy(() => theirs.forward(ids)), seen.second, { atol: 1e-4 });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}
