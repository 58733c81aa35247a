import assert from "node:assert/strict";
import type { Frames } from "@tome/tome/audio";
import { collateSpeechPairs, collateSpoken, drawSpokenNumbers, WaveWindows } from "@tome/tome/data";
import { asteriskVoice } from "@tome/tome/data/asterisk-voice";
import { chineseNumeral } from "@tome/tome/text";
import { memory, Rng, useDevice } from "@tome/tome/tensor";
import { debianFiles } from "../../../lib/data/debian_package.ts";
import { ownFile } from "../../../lib/data/own_file.ts";

await useDevice("cpu");

const frames = (values: number[], bins = 1): Frames => ({
  data: Float32Array.from(values),
  frames: values.length / bins,
  bins,
});

Deno.test("WaveWindows cuts windows of sounds and of the silence around them", async () => {
  const sounds = [{ levels: [1, 2, 3, 4], label: 0 }, { levels: [5, 6, 7], label: 1 }];
  const options = { length: 3, batchSize: 8, silence: 2, silentLevel: 9, warmUp: 1, seed: 4 };
  const windows = new WaveWindows(sounds, options);
  const place = windows.state();
  const before = memory().numTensors;
  const whole = sounds.map(({ levels }) => [9, 9, ...levels, 9, 9]);
  const seen = new Set<string>();
  const first: number[][] = [];
  for await (const batch of windows) {
    const [inputs, targets, labels] = [
      await batch.inputs.array() as number[][],
      await batch.targets.array() as number[][],
      await batch.labels!.array() as number[],
    ];
    Object.values(batch).forEach((tensor) => tensor.dispose());
    for (const [b, row] of inputs.entries()) {
      const around = whole[labels[b]!]!;
      const start = around.findIndex((_, i) => row.every((level, t) => around[i + t] === level));
      assert.ok(start >= 0, `${row} is nowhere in ${around}`);
      assert.equal(targets[b]![0], -100); // the warm-up
      seen.add(`${labels[b]} ${row}`);
    }
    if (first.length === 0) first.push(...inputs, ...targets);
    if (seen.size === whole.reduce((sum, row) => sum + row.length - 3, 0)) break;
  }
  assert.equal(memory().numTensors, before);
  windows.restore(place);
  for await (const batch of windows) {
    const again = [
      ...await batch.inputs.array() as number[][],
      ...await batch.targets.array() as number[][],
    ];
    Object.values(batch).forEach((tensor) => tensor.dispose());
    assert.deepEqual(again, first);
    break;
  }
});

Deno.test("WaveWindows has the sample after each as target, and no class where sounds have none", async () => {
  const windows = new WaveWindows([{ levels: [1, 2, 3, 4, 5] }], {
    length: 4,
    batchSize: 1,
    seed: 1,
  });
  for await (const { inputs, targets, ...rest } of windows) {
    assert.deepEqual(await inputs.array(), [[1, 2, 3, 4]]);
    assert.deepEqual(await targets.array(), [[2, 3, 4, 5]]);
    assert.deepEqual(rest, {});
    inputs.dispose();
    targets.dispose();
    break;
  }
  assert.throws(() => new WaveWindows([], { length: 4, batchSize: 1 }), RangeError);
  assert.throws(() => new WaveWindows([{ levels: [] }], { length: 4, batchSize: 1 }), RangeError);
  assert.throws(
    () => new WaveWindows([{ levels: [1] }], { length: 4, batchSize: 1, warmUp: 4 }),
    RangeError,
  );
  assert.throws(
    () =>
      new WaveWindows([{ levels: [1] }, { levels: [1], label: 2 }], { length: 4, batchSize: 1 }),
    TypeError,
  );
  assert.throws(() => windows.restore({ length: 5 }), RangeError);
});

Deno.test("collateSpoken() fills texts and frames up", async () => {
  const examples = [
    { ids: [3, 1], mel: frames([1, 2, 3, 4, 5, 6], 2) },
    { ids: [2], mel: frames([7, 8], 2) },
  ];
  const batch = collateSpoken(examples, { framesPerStep: 2, silence: -1 });
  assert.deepEqual(await batch.ids.array(), [[3, 1], [2, 0]]);
  assert.deepEqual(await batch.mask.array(), [[1, 1], [1, 0]]);
  assert.deepEqual(await batch.frames.array(), [
    [[1, 2], [3, 4], [5, 6], [-1, -1]],
    [[7, 8], [-1, -1], [-1, -1], [-1, -1]],
  ]);
  assert.deepEqual(await batch.frameMask.array(), [[1, 1, 1, 0], [1, 0, 0, 0]]);
  Object.values(batch).forEach((tensor) => tensor.dispose());
  assert.throws(() => collateSpoken([], { framesPerStep: 2 }), RangeError);
  assert.throws(() => collateSpoken(examples, { framesPerStep: 2, frames: 2 }), RangeError);
  assert.throws(() => collateSpoken(examples, { framesPerStep: 2, letters: 1 }), RangeError);
});

Deno.test("chineseNumeral() writes numbers as they are said", () => {
  const numbers: Record<number, string> = {
    0: "零",
    7: "七",
    10: "十",
    19: "十九",
    20: "二十",
    101: "一百零一",
    110: "一百一十",
    237: "二百三十七",
    500: "五百",
    1000: "一千",
    1001: "一千零一",
    1010: "一千零一十",
    2026: "二千零二十六",
    9999: "九千九百九十九",
  };
  for (const [number, written] of Object.entries(numbers)) {
    assert.equal(chineseNumeral(Number(number)), written);
  }
  for (const wrong of [-1, 1.5, 10_000]) assert.throws(() => chineseNumeral(wrong), RangeError);
});

Deno.test("drawSpokenNumbers() joins the digits of a number, and collateSpeechPairs() shifts targets", async () => {
  const parts = Array.from(
    { length: 10 },
    (_, digit) => ({ frames: frames([digit, -digit]), digit }),
  );
  const drawn = drawSpokenNumbers(parts, { count: 20, numbers: [7, 40, 305], rng: new Rng(1) });
  assert.deepEqual([...new Set(drawn.map(({ target }) => target))].sort(), [
    "七",
    "三百零五",
    "四十",
  ]);
  for (const { number, frames: { data } } of drawn) {
    assert.deepEqual([...data], [...String(number)].flatMap((d) => [Number(d), -Number(d)]));
  }
  const pairs = [{ frames: frames([1, 2]), target: [4, 5] }, { frames: frames([3]), target: [6] }];
  const batch = collateSpeechPairs(pairs, { startId: 8, endId: 9, maxLabels: 4 });
  assert.deepEqual(await batch.decoderIds.array(), [[8, 4, 5, 9], [8, 6, 9, 9]]);
  assert.deepEqual(await batch.labels.array(), [[4, 5, 9, -100], [6, 9, -100, -100]]);
  assert.deepEqual(await batch.frameMask.array(), [[1, 1], [1, 0]]);
  Object.values(batch).forEach((tensor) => tensor.dispose());
  const rng = new Rng(1);
  assert.throws(() => drawSpokenNumbers(parts, { count: 1, numbers: [], rng }), RangeError);
  assert.throws(
    () => drawSpokenNumbers(parts.slice(1), { count: 1, numbers: [7], rng }),
    RangeError,
  );
});

/** A Debian package with one part. */
function packageOf(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${
    "100644".padEnd(8)
  }${String(data.length).padEnd(10)}\`\n`;
  return Uint8Array.of(...new TextEncoder().encode(`!<arch>\n${head}`), ...data);
}

Deno.test("debianFiles() reads the files of a package, and says what is wrong with one", async () => {
  // printf 'hello\n' > a/b.txt; tar --format=gnu --sort=name --owner=0 --group=0 --mtime=@0 -cf - ./a | xz | base64
  const packed = Uint8Array.fromBase64(PACKED);
  const [file, ...others] = await debianFiles(packageOf("data.tar.xz", packed));
  assert.deepEqual([file!.name, new TextDecoder().decode(file!.data)], ["./a/b.txt", "hello\n"]);
  assert.equal(others.length, 0);
  await assert.rejects(debianFiles(new TextEncoder().encode("no package")), SyntaxError);
  await assert.rejects(
    debianFiles(packageOf("data.tar.gz", packed)),
    /must have a part data.tar.xz/,
  );
  await assert.rejects(debianFiles(packageOf("data.tar.xz", packed.slice(0, 60))), SyntaxError);
});

const PACKED =
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AHldABcLyKPnS1oYa5ZOnHFHV1sr8DCFd7eKPCY4Cn9LacG8H9AnrCeHiF3NfZ1Srp/Fabj4u+Yo6anaiXtTuRzcahOErnVja0G1r65NMZuE8BxiWN4M2HnzP9CfvjTsF6FuVYxrgGXQmxM5l5ia9OsHEnhilDMjZm32AAAAAAAAQnTl/3Av9MwAAZUBgFAAABbiezKxxGf7AgAAAAAEWVo=";

Deno.test("asteriskVoice() has each word that the voice says", async () => {
  if (!await ownFile("asterisk-en-digits-letters.tar")) {
    // deno-lint-ignore no-console
    console.log("asteriskVoice(): not run, TOME_DATA has no asterisk-en-digits-letters.tar");
    return;
  }
  const words = await asteriskVoice();
  assert.equal(words.length, 117);
  assert.equal(new Set(words.map(({ text }) => text)).size, 116); // a month and a letter are "november"
  for (const { text, samples, sampleRate } of words) {
    assert.equal(sampleRate, 8000);
    assert.match(text, /^[a-z]+$/);
    assert.ok(samples.length > 2000 && samples.length < 10_000, `${text}: ${samples.length}`);
    assert.ok(
      samples.some((value) => Math.abs(value) > 0.05) && samples.every((v) => v >= -1 && v <= 1),
    );
  }
});
