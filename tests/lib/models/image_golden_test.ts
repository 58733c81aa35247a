import { fromFloat32, type JsonObject, saveFolder, toFloat32 } from "@tome/tome/checkpoint";
import { loadResNet, type ResNet } from "@tome/tome/models/resnet";
import { loadViT, type ViT } from "@tome/tome/models/vit";
import { softmaxCrossEntropy } from "@tome/tome/ops";
import type { Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/vision.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { factsOf, formulaRecord, type GradientFacts } from "../../_support/golden_seq2seq.ts";
import { assertClose } from "../../_support/numeric.ts";

/** What `scripts/dev/golden/vision.py` writes for a model. */
interface Case {
  name: string;
  config: JsonObject;
  images: number[];
  shapes: Record<string, number[]>;
  logits: number[];
  loss: number;
  gradients: Record<string, GradientFacts>;
  trainLogits?: number[];
  runningVar?: { name: string; values: number[] };
}

const CASES = golden.models as unknown as Case[];
const TOLERANCE = { rtol: 1e-4, atol: 1e-4 };

/** A tensor of the golden file; running variances and gains of norms lie around 1. */
function stateRecord(name: string, shape: number[]) {
  const record = formulaRecord(name, shape, golden.amplitude);
  const offset = name.endsWith("running_var") || /bn\d\.weight$/.test(name) ? 1 : 0;
  return fromFloat32(name, shape, toFloat32(record).map((value) => value + offset));
}

/** Images of the golden file, `[B, H, W, C]`. */
function imagesOf([B, C, H, W]: number[]): Tensor {
  const record = formulaRecord("images", [B!, C!, H!, W!], 1);
  return tf.transpose(tf.tensor(toFloat32(record), [B!, C!, H!, W!]), [0, 2, 3, 1]);
}

async function load({ config, shapes }: Case): Promise<ResNet | ViT> {
  const folder = await Deno.makeTempDir();
  try {
    const weights = Object.entries(shapes).map(([name, shape]) => stateRecord(name, shape));
    await saveFolder(`${folder}/model`, { config, weights });
    return await (config.model_type === "vit" ? loadViT : loadResNet)(`${folder}/model`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const given of CASES) {
  testOnDevices(`${given.name}'s logits, loss and gradients are PyTorch's`, async () => {
    using model = await load(given);
    const x = imagesOf(given.images);
    await assertClose(model.forward(x), given.logits, TOLERANCE);
    const { value, grads } = tf.variableGrads(
      () => softmaxCrossEntropy(model.forward(x), tf.tensor1d([1, 2], "int32")),
      model.parameters(),
    );
    await assertClose(value, [given.loss], TOLERANCE);
    const lengths = Object.values(given.gradients).map(({ norm }) => norm).sort((a, b) => a - b);
    const ours = await Promise.all(
      [...model.namedParameters()].map(async ([, p]) => factsOf(await grads[p.name]!.data())[1]),
    );
    await assertClose(ours.sort((a, b) => a - b), lengths, { rtol: 1e-3, atol: 1e-4 });
    if (given.trainLogits) {
      await assertClose(model.train().forward(x), given.trainLogits, { rtol: 1e-3, atol: 1e-3 });
      const [, last] = [...model.namedBuffers()].at(-1)!;
      await assertClose(last, given.runningVar!.values, TOLERANCE);
    }
    tf.dispose([value, grads]);
  });
}
