import assert from "node:assert/strict";
import {
  type CheckpointMap,
  fromFloat32,
  namesInFile,
  recordForFile,
  recordFromFile,
  recordsForFile,
  resolveNames,
  shapeFromFile,
  toFloat32,
} from "@tome/tome/checkpoint";

const GPT2: CheckpointMap<{ numLayers: number }> = {
  config: (json) => ({ numLayers: json.n_layer as number }),
  configJson: ({ numLayers }) => ({ n_layer: numLayers }),
  names: [
    ["tokens", "wte"],
    ["blocks.*.norm1", "h.*.ln_1"],
    ["blocks.*.qkv", "h.*.attn.c_attn", "transpose"],
    ["norm", "ln_f"],
  ],
  ignore: ["h.*.attn.bias", "h.*.attn.masked_bias", "lm_head.weight"],
  prefixes: ["transformer."],
};

const OURS = [
  "tokens.weight",
  ...[0, 1, 10].flatMap((i) => [
    `blocks.${i}.norm1.weight`,
    `blocks.${i}.norm1.bias`,
    `blocks.${i}.qkv.weight`,
  ]),
  "norm.weight",
];

const THEIRS = [
  "wte.weight",
  ...[0, 1, 10].flatMap((i) => [
    `h.${i}.ln_1.weight`,
    `h.${i}.ln_1.bias`,
    `h.${i}.attn.c_attn.weight`,
  ]),
  "ln_f.weight",
];

const fails = (ours: string[], theirs: string[], message: RegExp) =>
  assert.throws(() => resolveNames(GPT2, ours, theirs), { name: "CheckpointError", message });

Deno.test("resolveNames() pairs the names one to one, whatever is ignored", () => {
  const buffers = ["h.0.attn.bias", "h.10.attn.masked_bias", "lm_head.weight"];
  const pairs = resolveNames(GPT2, OURS, [...buffers, ...THEIRS.toReversed()]);
  assert.deepEqual(pairs.map(({ ours }) => ours), OURS);
  assert.deepEqual(pairs.map(({ theirs }) => theirs), THEIRS);
  assert.equal(pairs.find(({ ours }) => ours === "blocks.1.qkv.weight")!.change, "transpose");
  assert.equal(pairs[0]!.change, undefined);
});

Deno.test("resolveNames() tolerates a prefix, on all names or on some", () => {
  const all = [
    "lm_head.weight",
    "transformer.h.0.attn.bias",
    ...THEIRS.map((n) => `transformer.${n}`),
  ];
  const pairs = resolveNames(GPT2, OURS, all);
  assert.deepEqual(pairs.map(({ theirs }) => theirs), THEIRS.map((n) => `transformer.${n}`));
  const some = THEIRS.map((name, i) => i % 2 ? `transformer.${name}` : name);
  assert.deepEqual(resolveNames(GPT2, OURS, some).map(({ theirs }) => theirs), some);
  fails(OURS, [...THEIRS, "transformer.wte.weight"], /"tokens.weight" must have one tensor there/);
});

Deno.test("resolveNames() names a tensor that has no place, and one that is missing", () => {
  fails(
    OURS,
    [...THEIRS, "h.2.ln_1.weight"],
    /^Cannot load the checkpoint as 1 of its tensors have no place, such as "h.2.ln_1.weight"$/,
  );
  fails(
    OURS,
    THEIRS.slice(0, -1),
    /as 1 of the model's tensors are not in it, such as "ln_f.weight"$/,
  );
  fails(
    OURS,
    [...THEIRS.slice(1), "x"],
    /have no place, such as "x", and 1 of the model's .* "wte.weight"$/,
  );
  fails(OURS, [...THEIRS, "h.0.1.attn.bias"], /"h.0.1.attn.bias"/); // * is one part
  fails(OURS, [...THEIRS, "wteXweight"], /"wteXweight"/); // a dot is a dot
});

Deno.test("namesInFile() refuses a table that does not name every tensor, or names two alike", () => {
  fails(
    [...OURS, "extra.weight"],
    THEIRS,
    /1 of the model's have no row in the table, such as "extra.weight"/,
  );
  assert.throws(() => namesInFile({ names: [["a", "x"], ["b", "x"]] }, ["a.w", "b.w"]), {
    message: /both "a.w" and "b.w" are called "x.w" there/,
  });
});

Deno.test("namesInFile() lets the first row count, and keeps the order of several stars", () => {
  const names = [["a.0.b", "first"], ["a.*.b.*", "x.*.y.*"], ["a.*", "z.*"]] as const;
  const pairs = namesInFile({ names }, ["a.0.b", "a.1.b.2.w", "a.3.w"]);
  assert.deepEqual(pairs.map(({ theirs }) => theirs), ["first", "x.1.y.2.w", "z.3.w"]);
});

Deno.test("recordFromFile() and recordForFile() are inverse, and change only what has the rank", () => {
  const matrix = fromFloat32("h.0.attn.c_attn.weight", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  const pair = { ours: "blocks.0.qkv.weight", theirs: matrix.name, change: "transpose" } as const;
  const ours = recordFromFile(matrix, pair);
  assert.equal(ours.name, pair.ours);
  assert.deepEqual(ours.shape, [3, 2]);
  assert.deepEqual(ours.shape, shapeFromFile(matrix, "transpose"));
  assert.deepEqual([...toFloat32(ours)], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual(recordForFile(ours, pair), matrix);
  const bias = fromFloat32("h.0.attn.c_attn.bias", [3], Float32Array.of(1, 2, 3));
  assert.deepEqual(recordFromFile(bias, { ...pair, ours: "b" }), { ...bias, name: "b" });
});

Deno.test("recordFromFile() turns a PyTorch convolution into ours and back", () => {
  const change = [2, 3, 1, 0];
  const kernel = fromFloat32("conv", [4, 3, 2, 1], Float32Array.from({ length: 24 }, (_, i) => i)); // [O, I, Y, X]
  const ours = recordFromFile(kernel, { ours: "c", theirs: "conv", change });
  assert.deepEqual(ours.shape, [2, 1, 3, 4]); // [Y, X, I, O]
  assert.equal(toFloat32(ours)[(1 * 3 + 2) * 4 + 3], ((3 * 3 + 2) * 2 + 1) * 1);
  assert.deepEqual(recordForFile(ours, { ours: "c", theirs: "conv", change }), kernel);
});

Deno.test("recordsForFile() renames all, and configurations convert both ways", () => {
  const records = OURS.map((name) => fromFloat32(name, [1, 2], Float32Array.of(1, 2)));
  const theirs = recordsForFile(GPT2, records);
  assert.deepEqual(theirs.map(({ name }) => name), THEIRS);
  assert.deepEqual(theirs[3]!.shape, [2, 1]);
  assert.deepEqual(GPT2.config(GPT2.configJson({ numLayers: 3 })), { numLayers: 3 });
});
