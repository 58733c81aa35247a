import assert from "node:assert/strict";
import { Llama, llamaCheckpoint, saveLlama } from "@tome/tome/models/llama";
import { addLora, loadLora, mergeLora, type Module, saveLora } from "@tome/tome/nn";
import { nextToken } from "@tome/tome/train";
import type { Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/lora.json" with { type: "json" };
import { enter, testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";
import { fillBySine, publishedName } from "../../_support/sine_weights.ts";
import { findPython, runPython } from "../../_support/python.ts";

const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");
const TARGETS = ["attn.q", "attn.v", "mlp.down"];

const published = (path: string) => publishedName(llamaCheckpoint, path);
const fill = (parameters: [string, Variable][], shift: number) =>
  fillBySine(parameters, llamaCheckpoint, shift);

/** The golden model, with its adapters. */
function adaptedModel(rankStabilized: boolean): Llama {
  const model = new Llama(llamaCheckpoint.config(golden.config)).eval();
  const own = [...model.namedParameters()];
  fill(own, 0);
  addLora(model, { rank: 3, alpha: 5, targets: TARGETS, rankStabilized });
  fill(adaptersOf(model), own.length);
  return model;
}

const adaptersOf = (model: Module) =>
  [...model.namedParameters()].filter(([path]) => path.includes(".lora."));

for (const given of golden.cases) {
  const kind = given.stabilized ? "rank-stabilized adapters" : "adapters";
  testOnDevices(
    `addLora() has the peft package's logits, loss and gradients: ${kind}`,
    async () => {
      using model = adaptedModel(given.stabilized);
      const inputs = ids(golden.ids);
      const close = { rtol: 1e-4, atol: 1e-4 };
      await assertClose(model.forward(inputs), given.logits, close);
      const { value, grads } = tf.variableGrads(() =>
        nextToken(model, { inputs, targets: ids(golden.targets) })
      );
      await assertClose(value, [given.loss]);
      const gradients = given.gradients as Record<string, number[]>;
      const adapters = adaptersOf(model);
      assert.equal(adapters.length, Object.keys(gradients).length);
      for (const [path, p] of adapters) {
        await assertClose(grads[p.name]!, gradients[published(path)]!, close);
      }
      assert.equal(adapters.reduce((sum, [, { size }]) => sum + size, 0), given.trained);
      assert.equal(model.numParameters(), given.total);
      mergeLora(model);
      await assertClose(model.forward(inputs), given.merged, close);
    },
  );
}

/** Loads our model and adapters, prints the logits, and saves other adapters beside. */
const PROGRAM = `
import json, sys, torch
from peft import PeftModel
from transformers import LlamaForCausalLM
model = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(sys.argv[1]), sys.argv[2]).eval()
ids = torch.tensor(${JSON.stringify(golden.ids)})
first = model(ids).logits.flatten().tolist()
with torch.no_grad():
    for name, p in model.named_parameters():
        if ".lora_" in name: p.mul_(1.3)
model.save_pretrained(sys.argv[3])
print(json.dumps({"first": first, "second": model(ids).logits.flatten().tolist()}))
`;

const python = await findPython("torch", "transformers", "peft");

if (!python) {
  // deno-lint-ignore no-console
  console.log("Adapters with the peft package: not run, no Python has it (TOME_PYTHON names one)");
} else {
  Deno.test("saveLora()'s folder passes through the peft package", async () => {
    await enter("wasm");
    const folder = await Deno.makeTempDir();
    try {
      const model = adaptedModel(false);
      const base = new Llama(model.config).eval();
      fill([...base.namedParameters()], 0);
      await saveLlama(base, `${folder}/base`);
      await saveLora(model, `${folder}/ours`, llamaCheckpoint);
      const places = ["base", "ours", "theirs"].map((name) => `${folder}/${name}`);
      const seen = await runPython(python, PROGRAM, places) as {
        first: number[];
        second: number[];
      };
      const inputs = ids(golden.ids);
      const logits = tf.tidy(() => model.forward(inputs));
      await assertClose(logits, seen.first, { atol: 1e-4 });
      await loadLora(base, `${folder}/theirs`, llamaCheckpoint);
      const again = tf.tidy(() => base.forward(inputs));
      await assertClose(again, seen.second, { atol: 1e-4 });
      tf.dispose([inputs, logits, again]);
      for (const made of [model, base]) made[Symbol.dispose]();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
