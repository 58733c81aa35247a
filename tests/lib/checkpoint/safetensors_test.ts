import assert from "node:assert/strict";
import { join } from "node:path";
import {
  CheckpointError,
  formatSafetensors,
  fromFloat32,
  parseSafetensors,
  type RecordDType,
  SafetensorsFile,
  type TensorRecord,
  writeSafetensors,
} from "@tome/tome/checkpoint";
import { Rng } from "@tome/tome/tensor";

const WIDTHS: Record<RecordDType, number> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

/** A tensor of each dtype, scalars, empty ones, and names that are hard to sort. */
function everyKind(): TensorRecord[] {
  const random = new Rng(5);
  const make = (name: string, dtype: RecordDType, shape: number[]): TensorRecord => {
    const size = shape.reduce((a, b) => a * b, 1) * WIDTHS[dtype];
    const bytes = Uint8Array.from(
      { length: size },
      () => dtype === "BOOL" ? random.int(2) : random.int(256),
    );
    return { name, dtype, shape, bytes };
  };
  return [
    ...(Object.keys(WIDTHS) as RecordDType[]).map((dtype) => make(`t.${dtype}`, dtype, [3, 1])),
    make("scalar", "F32", []),
    make("empty", "F32", [0, 7]),
    make('a "quoted"\n\\ name', "F32", [2]),
    make("é", "F32", [1]),
    make("\uffff", "F32", [1]),
    make("😀", "F32", [1]),
    make("__proto__", "F32", [1]),
    make("constructor", "I8", [1]),
    make("", "I8", [1]),
  ];
}

function join1(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

/** A file with this header, whatever it says. */
function file(header: string | Uint8Array, data = 0, length?: bigint): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const sortByName = (a: TensorRecord, b: TensorRecord) => a.name < b.name ? -1 : 1;

Deno.test("parseSafetensors() gives back what formatSafetensors() was given", () => {
  const records = everyKind();
  const bytes = join1(formatSafetensors(records, { format: "pt", "ключ": "значение" }));
  const { tensors, metadata } = parseSafetensors(bytes);
  assert.deepEqual(metadata, { format: "pt", "ключ": "значение" });
  assert.deepEqual(
    tensors.sort(sortByName).map((t) => ({ ...t, bytes: [...t.bytes] })),
    records.sort(sortByName).map((t) => ({ ...t, bytes: [...t.bytes] })),
  );
  assert.deepEqual(parseSafetensors(join1(formatSafetensors([]))), { tensors: [], metadata: {} });
});

Deno.test("formatSafetensors() aligns the header and puts wide dtypes first, then sorts by name", () => {
  const records = everyKind();
  const pieces = formatSafetensors(records);
  assert.equal(pieces[0]!.length % 8, 0);
  const names = parseSafetensors(join1(pieces)).tensors.map(({ name }) => name);
  const floats = records.filter(({ dtype }) => dtype === "F32").map(({ name }) => name);
  const utf8 = (name: string) =>
    [...new TextEncoder().encode(name)].map((b) => String.fromCharCode(b)).join("");
  const sorted = floats.sort((a, b) => utf8(a) < utf8(b) ? -1 : 1);
  assert.deepEqual(
    names.filter((name) => floats.includes(name) && name !== "empty"),
    sorted.filter((n) => n !== "empty"),
  );
  const dtypes = parseSafetensors(join1(pieces)).tensors.map(({ dtype }) => WIDTHS[dtype]);
  assert.deepEqual(dtypes, dtypes.toSorted((a, b) => b - a));
  assert.deepEqual(join1(formatSafetensors(records.reverse())), join1(pieces));
});

Deno.test("SafetensorsFile reads a header at once, and tensors when asked", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "x.safetensors");
    const records = everyKind();
    await writeSafetensors(path, records, { made: "here" });
    using weights = await SafetensorsFile.open(path);
    assert.deepEqual(weights.metadata, { made: "here" });
    assert.deepEqual([...weights.infos.keys()].sort(), records.map((r) => r.name).sort());
    const read = await Promise.all(records.map(({ name }) => weights.read(name))); // all at once
    for (const [i, record] of records.entries()) assert.deepEqual(read[i], record);
    await assert.rejects(weights.read("none"), {
      name: "CheckpointError",
      message: /Cannot read "none" as .*x\.safetensors has no tensor of this name/,
    });
    await Deno.truncate(path, 9);
    await assert.rejects(weights.read("t.F64"), {
      name: "CheckpointError",
      message: /must reach byte/,
    });
    weights[Symbol.dispose]();
    await assert.rejects(weights.read("t.F64"), { name: "CheckpointError", message: /is closed/ });
    await assert.rejects(SafetensorsFile.open(path), { message: /ends inside its header/ });
    await assert.rejects(SafetensorsFile.open(join(folder, "none")), { message: /does not exist/ });
    await assert.rejects(SafetensorsFile.open(folder), CheckpointError);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const W = '"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
const entry = (fields: string) => file(`{"w":{${fields}}}`, 4);

const DAMAGED: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(0), /8 bytes of the header's length: current length is 0/],
  ["half a length", new Uint8Array(7), /current length is 7/],
  [
    "a huge header",
    file("{}", 0, 100_000_001n),
    /at most 100000000 bytes: current length is 100000001/,
  ],
  ["a length past 2⁵³", file("{}", 0, 2n ** 64n - 1n), /current length is 18446744073709551615/],
  ["a header past the end", file("{}", 0, 3n), /ends inside its header, which needs 11 bytes/],
  ["an empty header", file(""), /must begin with "\{": current first byte is missing/],
  ["a space before the header", file(" {}"), /must begin with "\{": current first byte is 32/],
  ["a mark before the header", file("\ufeff{}"), /must begin with "\{"/],
  ["bytes that are not UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /JSON in UTF-8/],
  ["half a JSON text", file('{"w":'), /JSON in UTF-8/],
  ["two JSON texts", file("{}{}"), /JSON in UTF-8/],
  ["a name twice", file(`{${W},${W}}`, 4), /only once: current repeated name is "w"/],
  [
    "a name twice, once escaped",
    file(`{${W},${W.replace("w", "\\u0077")}}`, 4),
    /repeated name is "w"/,
  ],
  [
    "a field twice",
    entry('"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]'),
    /repeated name is "dtype"/,
  ],
  ["metadata twice", file('{"__metadata__":{"a":"1" , "a" :"2"}}'), /repeated name is "a"/],
  [
    "an unknown dtype",
    entry('"dtype":"F33","shape":[1],"data_offsets":[0,4]'),
    /tensor "w".*current dtype is "F33"/,
  ],
  [
    "a dtype of the prototype",
    entry('"dtype":"toString","shape":[1],"data_offsets":[0,4]'),
    /current dtype is "toString"/,
  ],
  ["no dtype", entry('"shape":[1],"data_offsets":[0,4]'), /current dtype is missing/],
  ["no shape", entry('"dtype":"F32","data_offsets":[0,4]'), /current shape is missing/],
  [
    "a negative length",
    entry('"dtype":"F32","shape":[-1],"data_offsets":[0,4]'),
    /current shape is \[-1\]/,
  ],
  [
    "a broken length",
    entry('"dtype":"F32","shape":[0.5],"data_offsets":[0,4]'),
    /current shape is \[0.5\]/,
  ],
  [
    "an unsafe length",
    entry('"dtype":"F32","shape":[9007199254740992],"data_offsets":[0,4]'),
    /current shape/,
  ],
  [
    "lengths as text",
    entry('"dtype":"F32","shape":["1"],"data_offsets":[0,4]'),
    /current shape is \["1"\]/,
  ],
  [
    "lengths past 2⁵³ together",
    entry('"dtype":"F32","shape":[94906267,94906267],"data_offsets":[0,4]'),
    /has too many bytes/,
  ],
  ["no offsets", entry('"dtype":"F32","shape":[1]'), /current value is missing/],
  [
    "three offsets",
    entry('"dtype":"F32","shape":[1],"data_offsets":[0,4,4]'),
    /data_offsets must be/,
  ],
  [
    "an end before the start",
    entry('"dtype":"F32","shape":[1],"data_offsets":[4,0]'),
    /current value is \[4,0\]/,
  ],
  [
    "a negative offset",
    entry('"dtype":"F32","shape":[1],"data_offsets":[-4,0]'),
    /data_offsets must be/,
  ],
  [
    "too few bytes",
    entry('"dtype":"F32","shape":[2],"data_offsets":[0,4]'),
    /F32 of shape \[2\] has 8 bytes: current data_offsets \[0,4\] hold 4/,
  ],
  [
    "an entry that is a text",
    file('{"w":"F32"}'),
    /entry must be an object: current value is "F32"/,
  ],
  ["an entry that is null", file('{"w":null}'), /entry must be an object: current value is null/],
  ["metadata that is a list", file('{"__metadata__":[]}'), /must be an object of texts/],
  ["metadata with a number", file('{"__metadata__":{"a":1}}'), /only texts: current "a" is 1/],
  [
    "a hole at the start",
    file('{"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
    /"w" leaves a hole before it, as it begins at byte 1 and not 0/,
  ],
  [
    "a hole in the middle",
    file(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
      3,
    ),
    /"b" leaves a hole/,
  ],
  [
    "an overlap",
    file(
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      3,
    ),
    /"b" overlaps the one before/,
  ],
  [
    "two tensors of the same bytes",
    file(`{${W},${W.replace("w", "v")}}`, 4),
    /overlaps the one before/,
  ],
  ["bytes after the last tensor", file(`{${W}}`, 5), /has bytes after its last tensor/],
  ["bytes without tensors", file("{}", 1), /has bytes after its last tensor/],
  ["a truncated file", file(`{${W}}`, 3), /ends before its last tensor does/],
  [
    "a name of half a character",
    file('{"\\ud83d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    /valid Unicode/,
  ],
];

for (const [what, bytes, message] of DAMAGED) {
  Deno.test(`parseSafetensors() refuses ${what}`, () => {
    assert.throws(() => parseSafetensors(bytes, "x"), { name: "CheckpointError", message });
  });
}

Deno.test("parseSafetensors() takes a header padded with spaces, and unknown fields", () => {
  const text = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"note":{"a":1}}}     ';
  assert.equal(parseSafetensors(file(text, 4)).tensors.length, 1);
});

Deno.test("formatSafetensors() refuses what the format cannot hold", () => {
  const w = fromFloat32("w", [1], Float32Array.of(1));
  const fails = (record: Partial<TensorRecord>, message: RegExp) =>
    assert.throws(() => formatSafetensors([{ ...w, ...record }]), {
      name: "CheckpointError",
      message,
    });
  fails({ name: "__metadata__" }, /keeps this name for itself/);
  fails({ name: "\ud83d" }, /valid Unicode/);
  fails({ dtype: "F33" as RecordDType }, /current dtype is F33/);
  fails({ shape: [-1] }, /current shape is \[-1\]/);
  fails({ shape: [2] }, /F32 of shape \[2\] has 8 bytes: current number is 4/);
  const other = { ...w, dtype: "U8", shape: [0], bytes: new Uint8Array(0) } as const;
  const middle = { ...other, name: "a" };
  assert.throws(() => formatSafetensors([w, middle, other]), { message: /stand only once/ });
  assert.throws(() => formatSafetensors([w], { a: 1 as unknown as string }), {
    message: /"a" must be a text/,
  });
});

/** Changes a file as an accident or an attacker would. */
function damage(bytes: Uint8Array<ArrayBuffer>, random: Rng): Uint8Array<ArrayBuffer> {
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + header));
  const again = (changed: string) => {
    const encoded = new TextEncoder().encode(changed);
    const joined = new Uint8Array(8 + encoded.length + bytes.length - 8 - header);
    new DataView(joined.buffer).setBigUint64(0, BigInt(encoded.length), true);
    joined.set(encoded, 8);
    joined.set(bytes.subarray(8 + header), 8 + encoded.length);
    return joined;
  };
  const at = random.int(text.length);
  const length = 1 + random.int(12);
  const pick = <T>(items: readonly T[]): T => items[random.int(items.length)]!;
  switch (random.int(8)) {
    case 0: { // a flipped bit
      const changed = bytes.slice();
      const i = random.int(Math.min(changed.length, 8 + header));
      changed[i] = changed[i]! ^ (1 << random.int(8));
      return changed;
    }
    case 1: // the end is missing, or there is more
      return random.int(2)
        ? bytes.slice(0, random.int(bytes.length))
        : new Uint8Array([...bytes, 0]);
    case 2: // another number
      return again(
        text.replace(
          /\d+/g,
          (n) =>
            random.int(6)
              ? n
              : pick(["0", "1", "4", "1e3", "-1", "0.5", "9007199254740993", "1e999"]),
        ),
      );
    case 3: // something left out
      return again(text.slice(0, at) + text.slice(at + length));
    case 4: // something twice
      return again(text.slice(0, at + length) + text.slice(at));
    case 5: // another value
      return again(
        text.replace(
          /"[^"]*"|\[[^\]]*\]/g,
          (v) =>
            random.int(8)
              ? v
              : pick(["null", "[]", "{}", '""', '"F64"', "true", '"__metadata__"', '"__proto__"']),
        ),
      );
    case 6: { // two pieces change places
      const to = random.int(text.length);
      const [a, b] = [Math.min(at, to), Math.max(at, to)];
      return again(
        text.slice(0, a) + text.slice(b, b + length) + text.slice(a, b) + text.slice(b + length),
      );
    }
    default: // something put in
      return again(
        text.slice(0, at) +
          pick(["{", "}", "[", "]", ",", ":", '"', "\\", "\u0000", "😀", "[[[[", "1"]) +
          text.slice(at),
      );
  }
}

Deno.test("parseSafetensors() reads a damaged file rightly or throws CheckpointError, 20,000 times", () => {
  const random = new Rng(2024);
  const whole = join1(formatSafetensors(everyKind(), { format: "pt" }));
  let valid = 0;
  for (let i = 0; i < 20_000; i++) {
    let bytes = damage(whole, random);
    if (random.int(3) === 0 && bytes.length > 300) bytes = damage(whole, random);
    let tensors: TensorRecord[];
    try {
      tensors = parseSafetensors(bytes).tensors;
    } catch (error) {
      assert.ok(error instanceof CheckpointError, `mutation ${i}: ${error}`);
      continue;
    }
    valid++;
    const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    let end = 8 + header;
    for (const { dtype, shape, bytes: data } of tensors) {
      assert.equal(data.byteOffset, end, `mutation ${i}`);
      assert.equal(data.length, shape.reduce((a, b) => a * b, 1) * WIDTHS[dtype], `mutation ${i}`);
      end += data.length;
    }
    assert.equal(end, bytes.length, `mutation ${i}`);
    assert.equal(new Set(tensors.map(({ name }) => name)).size, tensors.length, `mutation ${i}`);
  }
  assert.ok(valid > 100 && valid < 10_000, `${valid} of 20,000 were valid`);
});
