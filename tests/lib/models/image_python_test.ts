import assert from "node:assert/strict";
import { loadModel } from "@tome/tome";
import { ResNet, type ResNetConfig, saveResNet } from "@tome/tome/models/resnet";
import { saveViT, ViT } from "@tome/tome/models/vit";
import type { ImageClassifier } from "@tome/tome/nn";
import { seed } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { enter } from "../../_support/devices.ts";
import { inFolder } from "../../_support/folder.ts";
import { noise } from "../../_support/image_models.ts";
import { assertClose } from "../../_support/numeric.ts";
import { findPython, runPython } from "../../_support/python.ts";

const LABELS = { numLabels: 3, labels: ["cat", "dog", "owl"] };

/** Reads images, channels first, from the first argument; `seen` gets what each folder's model says of them, twice. */
const HEAD = `
import json, sys, torch
images = torch.tensor(json.loads(sys.argv[1])).permute(0, 3, 1, 2)
seen = []
def run(model):
    with torch.no_grad():
        out = model(images)
    return getattr(out, "logits", out).flatten().tolist()
def twice(model, **facts):
    model.eval()
    first = run(model)
    with torch.no_grad():
        for name, p in model.state_dict().items():
            if p.dtype == torch.float32: p.mul_(1.25)
    seen.append({"first": first, "second": run(model), **facts})
`;

/** Loads each folder by what it says it is, and saves it beside with other weights. */
const TRANSFORMERS = `${HEAD}
from transformers import AutoModelForImageClassification
for folder in sys.argv[2:]:
    model, report = AutoModelForImageClassification.from_pretrained(folder + "/ours", output_loading_info=True)
    twice(model, missing=sorted(report["missing_keys"]), unexpected=sorted(report["unexpected_keys"]),
          labels=[model.config.id2label[i] for i in range(3)])
    model.save_pretrained(folder + "/theirs")
print(json.dumps(seen))
`;

/** Reads weights into torchvision's own models; what is written beside has the same config. */
const TORCHVISION = `${HEAD}
import os, shutil
from safetensors.torch import load_file, save_file
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
for folder in sys.argv[2:]:
    kind = json.load(open(folder + "/ours/config.json"))["layer_type"]
    model = ResNet(BasicBlock if kind == "basic" else Bottleneck, [1, 1, 1, 1], num_classes=3)
    model.load_state_dict(load_file(folder + "/ours/model.safetensors"))
    twice(model)
    os.makedirs(folder + "/theirs")
    shutil.copy(folder + "/ours/config.json", folder + "/theirs")
    save_file(model.state_dict(), folder + "/theirs/model.safetensors")
print(json.dumps(seen))
`;

interface Seen {
  first: number[];
  second: number[];
  missing?: string[];
  unexpected?: string[];
  labels?: string[];
}

interface Case {
  model: ImageClassifier & Disposable;
  save: (folder: string) => Promise<void>;
}

/** A ResNet whose running statistics have moved. */
function resnet(config: Omit<ResNetConfig, "numLabels">): Case {
  const model = new ResNet({ ...LABELS, ...config });
  tf.tidy(() => model.forward(noise([4, 32, 32, 3])));
  model.eval();
  return { model, save: (folder) => saveResNet(model, folder) };
}

function vit(): Case {
  const sizes = { imageSize: 32, patchSize: 8, numLayers: 2, numHeads: 2, embedDim: 16 };
  const model = new ViT({ ...LABELS, ...sizes, dropout: 0.1 }).eval();
  return { model, save: (folder) => saveViT(model, folder) };
}

async function passThrough(python: string, program: string, cases: readonly Case[]): Promise<void> {
  const images = noise([2, 32, 32, 3]);
  try {
    await inFolder(async (root) => {
      const folders = cases.map((_, i) => `${root}/${i}`);
      for (const [i, { save }] of cases.entries()) {
        await Deno.mkdir(folders[i]!);
        await save(`${folders[i]}/ours`);
      }
      const pixels = JSON.stringify(await images.array());
      const seen = await runPython(python, program, [pixels, ...folders]) as Seen[];
      for (const [i, { model }] of cases.entries()) {
        const { first, second, missing = [], unexpected = [], labels = LABELS.labels } = seen[i]!;
        assert.deepEqual([missing, unexpected, labels], [[], [], LABELS.labels]);
        await assertClose(tf.tidy(() => model.forward(images)), first, { rtol: 1e-4, atol: 1e-4 });
        using theirs = await loadModel(`${folders[i]}/theirs`, { task: "image-classification" });
        assert.deepEqual(theirs.fresh, []);
        await assertClose(tf.tidy(() => theirs.forward(images)), second, {
          rtol: 1e-4,
          atol: 1e-4,
        });
      }
    });
  } finally {
    for (const { model } of cases) model[Symbol.dispose]();
    images.dispose();
  }
}

/** Declares a test, or says that it cannot run. */
async function withPython(
  name: string,
  packages: string[],
  run: (python: string) => Promise<void>,
) {
  const python = await findPython(...packages);
  if (python) {
    Deno.test(name, async () => {
      await enter("wasm");
      seed(1);
      await run(python);
    });
    return;
  }
  // deno-lint-ignore no-console
  console.log(`${name}: not run, no Python has ${packages.join(", ")} (TOME_PYTHON names one)`);
}

const HUGGING_FACE = { depths: [1, 2], embedDim: 8, hiddenDims: [8, 16] };

await withPython(
  "The folders of ResNets and ViTs pass through the transformers package",
  ["torch", "transformers"],
  (python) =>
    passThrough(python, TRANSFORMERS, [
      resnet({ ...HUGGING_FACE, block: "basic" }),
      resnet({ ...HUGGING_FACE, block: "bottleneck" }),
      vit(),
    ]),
);

await withPython(
  "The weights of ResNets pass through torchvision",
  ["torch", "torchvision", "safetensors"],
  (python) =>
    passThrough(
      python,
      TORCHVISION,
      ([["basic", 1], ["bottleneck", 4]] as const).map(([block, times]) =>
        resnet({
          block,
          depths: [1, 1, 1, 1],
          hiddenDims: [64, 128, 256, 512].map((width) => width * times),
          names: "torchvision",
        })
      ),
    ),
);
