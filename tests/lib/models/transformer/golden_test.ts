import assert from "node:assert/strict";
import {
  assignRecords,
  namesInFile,
  saveFolder,
  type TensorRecord,
  toFloat32,
} from "@tome/tome/checkpoint";
import { generateSeq2Seq } from "@tome/tome/generate";
import {
  loadMarian,
  marianNames,
  type Transformer,
  type TransformerConfig,
  TransformerStack,
} from "@tome/tome/models/transformer";
import { Module, paddingMask } from "@tome/tome/nn";
import { seq2seqLoss } from "@tome/tome/train";
import type { Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/transformer.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { factsOf, formulaRecord, type GradientFacts } from "../../../_support/golden_seq2seq.ts";
import { assertClose } from "../../../_support/numeric.ts";

const CLOSE = { rtol: 1e-4, atol: 1e-4 };
type Facts = Record<string, GradientFacts>;

/** Both halves of `torch.nn.Transformer`, vectors to vectors. */
class Layers extends Module {
  readonly encoder: TransformerStack;
  readonly decoder: TransformerStack;
  constructor(config: TransformerConfig) {
    super();
    this.encoder = new TransformerStack(config, false);
    this.decoder = new TransformerStack(config, true);
  }
}

/** PyTorch's name of one of our parameters, and which third of its tensor ours is. */
function torchName(ours: string): [name: string, third: number] {
  const part = /\.(attn|cross)\.([qkv])\.(weight|bias)$/.exec(ours);
  const base = ours
    .replace(/\.cross\./, ".multihead_attn.")
    .replace(/\.attn\./, ".self_attn.")
    .replace(/\.proj\.(?=\w+$)/, (found) => ours.includes("network") ? found : ".out_proj.")
    .replace(".network.fc.", ".linear1.")
    .replace(".network.proj.", ".linear2.")
    .replace(/^(encoder.*)norm3/, "$1norm2");
  if (!part) return [base, -1];
  return [base.replace(/[qkv]\.(weight|bias)$/, "in_proj_$1"), "qkv".indexOf(part[2]!)];
}

function layersOf(one: typeof golden.layers[number]): Layers {
  const { activation, norm_first: normFirst = false } = one.options as {
    activation: "relu";
    norm_first?: boolean;
  };
  const layers = new Layers({
    vocabSize: 1,
    contextLength: 1,
    embedDim: 8,
    numHeads: 2,
    numLayers: 2,
    decoderLayers: 1,
    hiddenDim: 12,
    dropout: 0,
    finalNorm: true,
    activation,
    normFirst,
  });
  const shapes = one.parameters as Record<string, number[]>;
  const used = new Set<string>();
  assignRecords(
    layers.namedParameters(),
    [...layers.namedParameters()].map(([ours, { shape, size }]): TensorRecord => {
      const [name, third] = torchName(ours);
      used.add(name);
      const whole = formulaRecord(name, shapes[name]!, golden.amplitude);
      const bytes = third < 0
        ? whole.bytes
        : whole.bytes.slice(4 * third * size, 4 * (third + 1) * size);
      return { ...whole, name: ours, shape: [...shape], bytes };
    }),
  );
  assert.deepEqual([...used].sort(), Object.keys(shapes).sort());
  return layers;
}

const vectors = (name: string, shape: number[]) =>
  tf.tensor(toFloat32(formulaRecord(name, shape, 1)).slice(), shape);
const int = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32");

for (const one of golden.layers) {
  const run = ({ encoder, decoder }: Layers): Tensor => {
    const mask = paddingMask(int(golden.mask));
    const states = encoder.forward(vectors("source", [2, 5, 8]), { mask });
    return decoder.forward(vectors("target", [2, 4, 8]), {
      causal: true,
      memory: { states, mask },
    });
  };

  testOnDevices(
    `TransformerStack ${one.name} is torch.nn.Transformer, with its masks`,
    async () => {
      using layers = layersOf(one);
      await assertClose(run(layers), one.output, CLOSE);
    },
  );

  testOnDevices(
    `TransformerStack ${one.name} has the gradients of torch.nn.Transformer`,
    async () => {
      using layers = layersOf(one);
      const named = [...layers.namedParameters()];
      const { value, grads } = tf.variableGrads(
        () =>
          tf.tidy(() => tf.sum(tf.mul(run(layers), vectors("weights", [2, 4, 8]))) as tf.Scalar),
        named.map(([, p]) => p),
      );
      const joined = new Map<string, number[]>(); // queries, keys and values are one tensor there
      for (const [ours, parameter] of named) {
        const [name] = torchName(ours);
        joined.set(name, [...joined.get(name) ?? [], ...await grads[parameter.name]!.data()]);
      }
      for (const [name, { sum, norm, first }] of Object.entries(one.gradients as Facts)) {
        const [ourSum, ourNorm, ourFirst] = factsOf(joined.get(name)!);
        await assertClose([ourSum, ourNorm, ...ourFirst], [sum, norm, ...first], CLOSE);
      }
      tf.dispose([value, grads]);
    },
  );

  testOnDevices(`TransformerStack ${one.name} is torch's encoder under a causal mask`, async () => {
    using layers = layersOf(one);
    const y = layers.encoder.forward(vectors("source", [2, 5, 8]), { causal: true });
    await assertClose(y, one.causalEncoder, CLOSE);
  });
}

/** The golden Marian, by way of a folder with its weights under the names of the transformers package. */
async function marianOf(one: typeof golden.marian[number]): Promise<Transformer> {
  const folder = await Deno.makeTempDir();
  try {
    const shapes = Object.entries(one.parameters as unknown as Record<string, number[]>);
    const weights = shapes.map(([name, shape]) => formulaRecord(name, shape, golden.amplitude));
    await saveFolder(`${folder}/model`, { config: one.config, weights });
    return await loadMarian(`${folder}/model`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const one of golden.marian) {
  const batch = () => ({
    ids: int(golden.ids),
    mask: int(golden.mask),
    decoderIds: int(one.decoderIds),
    labels: int(golden.labels),
  });

  testOnDevices(
    `${one.name} has the logits, loss and gradients of the transformers package`,
    async () => {
      using model = await marianOf(one);
      await assertClose(model.forward(batch()), one.logits, CLOSE);
      const named = [...model.namedParameters()];
      const { value, grads } = tf.variableGrads(
        () => tf.tidy(() => seq2seqLoss(model, batch())),
        named.map(([, p]) => p),
      );
      await assertClose(value, [one.loss]);
      const theirs = one.gradients as unknown as Facts;
      const names = namesInFile(
        { names: marianNames(model.config.shared === "all") },
        named.map(([name]) => name),
      );
      for (const [i, { theirs: name }] of names.entries()) {
        if (name === "final_logits_bias") continue; // it is not trained there
        const { sum, norm, first } = theirs[name]!;
        const [ourSum, ourNorm, ourFirst] = factsOf(await grads[named[i]![1].name]!.data());
        await assertClose([ourSum, ourNorm, ...ourFirst], [sum, norm, ...first], CLOSE);
      }
      assert.equal(names.length, Object.keys(theirs).length + 1);
      tf.dispose([value, grads]);
    },
  );

  testOnDevices(`${one.name} writes what the transformers package writes`, async () => {
    using model = await marianOf(one);
    const sources = golden.ids.map((row, i) => row.filter((_, t) => golden.mask[i]![t] === 1));
    const untilEnd = (ids: number[]) => ids.includes(0) ? ids.slice(0, ids.indexOf(0) + 1) : ids;
    const greedy = await generateSeq2Seq(model, sources, { maxNewTokens: 7 });
    assert.deepEqual(greedy.map(([best]) => best!.ids), one.greedy.map(untilEnd));
    const options = { maxNewTokens: 7, numBeams: 3, lengthPenalty: 0.8 };
    const beams = await generateSeq2Seq(model, sources, options);
    assert.deepEqual(beams.map(([best]) => best!.ids), one.beams.map(untilEnd));
  });
}
