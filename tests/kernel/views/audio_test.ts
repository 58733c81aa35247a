import assert from "node:assert/strict";
import { audioPlayer, show, spectrogram } from "@tome/tome/display";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

/** Views read values and do the rest by themselves, so that two devices are enough. */
const testOnBoth = (name: string, run: () => void | Promise<void>) =>
  testOnDevices(name, run, ["cpu", "wasm"]);

const sine = (hertz: number, rate: number, length: number, amplitude = 1) =>
  Float32Array.from({ length }, (_, t) => amplitude * Math.sin(2 * Math.PI * hertz * t / rate));

Deno.test("spectrogram() of a sine has its peak at its frequency, as loud as it is", () => {
  const [rate, windowSize] = [8000, 256];
  for (const [bin, amplitude] of [[32, 1], [100, 0.1]] as const) {
    const { frames, bins, decibels } = spectrogram(
      sine(bin * rate / windowSize, rate, 2000, amplitude),
      { windowSize, hop: 64 },
    );
    assert.deepEqual([frames, bins], [1 + Math.ceil((2000 - 256) / 64), 129]);
    for (let frame = 0; frame < frames - 1; frame++) {
      const row = [...decibels.subarray(frame * bins, (frame + 1) * bins)];
      assert.equal(row.indexOf(Math.max(...row)), bin);
      assert.ok(Math.abs(row[bin]! - 20 * Math.log10(amplitude)) < 0.01);
      assert.ok(row[bin + 2]! < -90); // a Hann window reaches one bin to each side
    }
  }
});

Deno.test("spectrogram() tells a constant at frequency 0, and silence nowhere", () => {
  const { decibels, bins } = spectrogram(new Float32Array(512).fill(1));
  assert.ok(Math.abs(decibels[0]!) < 1e-6);
  assert.ok(spectrogram(new Float32Array(512)).decibels.every((db) => db === -100));
  assert.equal(bins, 257);
  assert.equal(spectrogram([]).frames, 0);
  assert.equal(spectrogram([1]).frames, 1);
});

Deno.test("spectrogram() refuses a window that it cannot halve", () => {
  assert.throws(() => spectrogram([1], { windowSize: 300 }), /power of two: current size is 300/);
  assert.throws(() => spectrogram([1], { hop: 0 }), /current hop is 0/);
});

Deno.test("audioPlayer() plays what it is given", async () => {
  const { bundle } = await audioPlayer({ samples: [0, 1, -1, 2, NaN, 0.5], sampleRate: 8000 }, {
    title: `<"a">`,
  });
  const html = bundle["text/html"] as string;
  assert.doesNotMatch(html, /<"a">/);
  const file = Uint8Array.fromBase64(html.match(/data:audio\/wav;base64,([^"]+)"/)![1]!);
  const view = new DataView(file.buffer);
  assert.equal(new TextDecoder().decode(file.subarray(0, 4)), "RIFF");
  assert.equal(new TextDecoder().decode(file.subarray(8, 16)), "WAVEfmt ");
  assert.equal(view.getUint32(4, true), file.length - 8);
  assert.equal(view.getUint32(24, true), 8000);
  assert.equal(view.getUint32(40, true), 12);
  const samples = Array.from({ length: 6 }, (_, i) => view.getInt16(44 + 2 * i, true));
  assert.deepEqual(samples, [0, 32767, -32767, 32767, 0, 16384]);
  assert.match(bundle["text/plain"], /cut at ±1 when played; 1 samples are not finite/);
});

Deno.test("audioPlayer() plays the beginning of a long sound, and draws all of it", async () => {
  const { bundle } = await audioPlayer({ samples: sine(440, 16_000, 320_000), sampleRate: 16_000 });
  assert.match(bundle["text/plain"], /20\.00 s, 320,000 samples.*the first 10 s can be played/);
  assert.ok(JSON.stringify(bundle).length < 800_000);
});

Deno.test("audioPlayer() shows a sound without samples", async () => {
  const { bundle } = await audioPlayer({ samples: [], sampleRate: 8000 });
  assert.doesNotMatch(bundle["text/html"] as string, /<audio/);
  assert.match(bundle["image/svg+xml"] as string, /^<svg /);
});

testOnBoth("audioPlayer() takes a tensor of one channel", async () => {
  const samples = tf.tensor1d(sine(100, 8000, 800, 0.5));
  assert.match(
    `${await show({ samples, sampleRate: 8000 })}`,
    /0\.10 s, 800 samples at 8,000 a second; from -0\.5 to 0\.5/,
  );
  await assert.rejects(
    audioPlayer({ samples: tf.zeros([2, 2]), sampleRate: 8000 }),
    /\[T\]: current shape is \[2, 2\]/,
  );
  await assert.rejects(audioPlayer({ samples: [0], sampleRate: 0.5 }), /current rate is 0.5/);
});
