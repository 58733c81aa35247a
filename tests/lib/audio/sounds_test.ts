import assert from "node:assert/strict";
import {
  cosineTransform,
  decodeOgg,
  decodeSound,
  decodeWav,
  encodeWav,
  fourier,
  hertzToMel,
  istft,
  joinSounds,
  melFilters,
  melToHertz,
  mfcc,
  muLawEncode,
  resample,
  specAugment,
  stft,
  toMono,
  trimSilence,
  windowWeights,
} from "@tome/tome/audio";
import { readSound, writeSound } from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";
import { inFolder } from "../../_support/folder.ts";
import { assertClose } from "../../_support/numeric.ts";

const noise = (length: number, seed = 1) => {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.uniform(-1, 1));
};

Deno.test("fourier() equals the sum that defines it, of any length, and goes back", () => {
  for (const size of [1, 2, 3, 7, 16, 30, 97]) {
    const re = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i));
    const im = Float64Array.from({ length: size }, (_, i) => Math.cos(3 * i) / 2);
    const [a, b] = [re.slice(), im.slice()];
    fourier(a, b);
    for (let k = 0; k < size; k++) {
      let [x, y] = [0, 0];
      for (let n = 0; n < size; n++) {
        const angle = -2 * Math.PI * k * n / size;
        x += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
        y += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
      }
      assert.ok(Math.hypot(a[k]! - x, b[k]! - y) < 1e-11, `size ${size}, frequency ${k}`);
    }
    fourier(a, b, true);
    assert.ok(a.every((value, i) => Math.hypot(value - re[i]!, b[i]! - im[i]!) < 1e-12));
  }
  assert.throws(() => fourier(new Float64Array(4), new Float64Array(3)), {
    message: /current numbers are 3 and 4/,
  });
});

Deno.test("istft() of stft() is the sound, also of windows that are no power of two", async () => {
  const sound = noise(700);
  for (
    const options of [
      { fftSize: 128 },
      { fftSize: 90, hopLength: 30 },
      { fftSize: 128, windowLength: 100, hopLength: 25, window: "hamming" as const },
    ]
  ) {
    await assertClose(istft(stft(sound, options), options, 700), sound, { atol: 1e-6 });
  }
  assert.throws(() => stft(sound, { fftSize: 8, windowLength: 9 }), /current values are 9 and 8/);
  assert.throws(() => stft(sound, { hopLength: 0 }), /hopLength must be .* current value is 0/);
  assert.throws(() => istft(stft(sound, { fftSize: 64 }), { fftSize: 32 }), /current number is 33/);
  assert.equal(stft(sound, { fftSize: 2048, center: false }).frames, 0);
});

Deno.test("resample() keeps a tone that both rates hold, and removes one that the lower does not", () => {
  const tone = (hertz: number, rate: number, length: number) =>
    Float32Array.from({ length }, (_, t) => Math.sin(2 * Math.PI * hertz * t / rate));
  const made = resample(tone(440, 44100, 8820), 44100, 8000);
  const wanted = tone(440, 8000, 1600);
  const inside = (x: Float32Array) => x.subarray(100, 1500); // the ends hear the silence around
  const expected = inside(wanted);
  assert.ok(inside(made).every((value, i) => Math.abs(value - expected[i]!) < 2e-3));
  const gone = inside(resample(tone(6000, 44100, 8820), 44100, 8000));
  assert.ok(gone.every((value) => Math.abs(value) < 0.02));
  const same = noise(5);
  assert.notEqual(resample(same, 10, 10), same);
  assert.deepEqual(resample(same, 10, 10), same);
  assert.throws(() => resample(same, 44.1, 8), /current rates are 44.1 and 8/);
});

Deno.test("encodeWav() and decodeWav() keep samples as exactly as their bits allow", async () => {
  const sound = Float32Array.of(0, 0.5, -0.5, 1, -1, 0.3, 2, NaN);
  const cut = Float32Array.of(0, 0.5, -0.5, 1, -1, 0.3, 1, 0);
  for (const bits of [8, 16, 24, 32] as const) {
    const { channels, sampleRate } = decodeWav(encodeWav(sound, 16000, { bits, channels: 2 }));
    assert.equal(sampleRate, 16000);
    const woven = sound.map((_, i) => channels[i % 2]![i >> 1]!);
    await assertClose(woven, cut, { rtol: 0, atol: 1.5 / 2 ** (bits - 1) + 1e-7 });
  }
  assert.deepEqual(decodeWav(encodeWav(sound, 8000, { bits: "float" })).channels, [sound]);
  assert.equal(encodeWav([0.1], 8000, { bits: 8 }).length, 46); // parts have even sizes
  assert.throws(() => encodeWav(sound, 8000, { channels: 3 }), /current numbers are 3 and 8/);
});

Deno.test("decodeWav() finds the data behind other parts, and says what it cannot read", async () => {
  const file = encodeWav([0.25, -0.25], 8000);
  const other = new Uint8Array(file.length + 12); // a part of 3 bytes, and one to make it even
  other.set(file.subarray(0, 36));
  other.set([76, 73, 83, 84, 3, 0, 0, 0, 1, 2, 3, 0], 36);
  other.set(file.subarray(36), 48);
  assert.deepEqual(decodeWav(other), decodeWav(file));
  assert.equal(decodeWav(file.subarray(0, 46)).channels[0]!.length, 1); // cut short
  const changed = (at: number, value: number) => {
    const copy = file.slice();
    copy[at] = value;
    return copy;
  };
  assert.throws(() => decodeWav(changed(0, 65)), SyntaxError);
  assert.throws(() => decodeWav(changed(20, 17)), /known kind: current value is 17 with 16 bits/);
  assert.throws(() => decodeWav(changed(22, 0)), /must have channels/);
  assert.throws(() => decodeWav(changed(36, 65)), /must have a part named data/);
  assert.throws(() => decodeWav(changed(12, 65)), /format must come before/);
  await assert.rejects(() => decodeSound(file.subarray(1)), /must be WAV or Ogg Vorbis/);
  await assert.rejects(() => decodeOgg(file), /must begin with OggS/);
  await assert.rejects(() => decodeOgg(new TextEncoder().encode("OggS, but nothing else")), {
    name: "SyntaxError",
    message: /damaged/,
  });
});

Deno.test("readSound() reads what writeSound() wrote, and mixes channels", async () => {
  await inFolder(async (folder) => {
    const sound = { samples: noise(50), sampleRate: 11025 };
    await writeSound(`${folder}/a.wav`, sound, { bits: "float" });
    assert.deepEqual(await readSound(`${folder}/a.wav`), sound);
    await assert.rejects(() => writeSound(`${folder}/a.ogg`, sound), /must end in \.wav/);
  });
  const channels = [Float32Array.of(1, 0), Float32Array.of(0, -1)];
  assert.deepEqual(toMono({ channels, sampleRate: 1 }).samples, Float32Array.of(0.5, -0.5));
  assert.throws(() => toMono({ channels: [], sampleRate: 1 }), /current lengths are \[\]/);
});

Deno.test("joinSounds() puts silence between sounds", () => {
  const of = (...values: number[]) => ({ samples: Float32Array.from(values), sampleRate: 2 });
  assert.deepEqual(joinSounds([of(1), of(2, 3), of(4)], [1, 0.5]), of(1, 0, 0, 2, 3, 0, 4));
  assert.deepEqual(joinSounds([of(1), of(2)]), of(1, 2));
  assert.throws(() => joinSounds([of(1), { ...of(2), sampleRate: 3 }]), /rates are \[2, 3\]/);
  const silent = of(...Array<number>(10).fill(0));
  assert.equal(trimSilence(silent).samples.length, 10);
});

Deno.test("specAugment() hides what it says, and draws anew each time", () => {
  const given = { data: noise(40 * 12), frames: 40, bins: 12 };
  const options = { numFrequencyMasks: 1, numTimeMasks: 1, frequencyMask: 4, timeMask: 10 };
  const mean = given.data.reduce((a, b) => a + b, 0) / given.data.length;
  const rng = new Rng(3);
  const widths = new Set<string>();
  for (let i = 0; i < 30; i++) {
    const { data } = specAugment(given, { ...options, rng });
    const hidden = (t: number, k: number) => Math.abs(data[t * 12 + k]! - mean) < 1e-6;
    const bands = Array.from({ length: 12 }, (_, k) => k)
      .filter((k) => Array.from({ length: 40 }, (_, t) => t).every((t) => hidden(t, k)));
    const times = Array.from({ length: 40 }, (_, t) => t)
      .filter((t) => Array.from({ length: 12 }, (_, k) => k).every((k) => hidden(t, k)));
    for (const run of [bands, times]) {
      assert.ok(run.every((value, j) => j === 0 || value === run[j - 1]! + 1), "one stretch");
    }
    assert.ok(bands.length <= 4 && times.length <= 10);
    widths.add(`${bands.length} ${times.length}`);
    for (let j = 0; j < data.length; j++) {
      const [t, k] = [Math.floor(j / 12), j % 12];
      if (!bands.includes(k) && !times.includes(t)) assert.equal(data[j], given.data[j]);
    }
  }
  assert.ok(widths.size > 10);
  const none = { numFrequencyMasks: 0, numTimeMasks: 0 };
  assert.deepEqual(specAugment(given, none), given);
});

Deno.test("specAugment() stretches time on both sides of a moment", async () => {
  const frames = 30; // a ramp, so that a value tells from which moment it is
  const given = { data: Float32Array.from({ length: frames }, (_, t) => t), frames, bins: 1 };
  const none = { numFrequencyMasks: 0, numTimeMasks: 0, timeWarp: 5 };
  const rng = new Rng(5);
  let moved = 0;
  for (let i = 0; i < 20; i++) {
    const { data } = specAugment(given, { ...none, rng });
    await assertClose([data[0]!, data[frames - 1]!], [0, frames - 1]);
    for (let t = 1; t < frames; t++) assert.ok(data[t]! > data[t - 1]!, "time goes on");
    const distance = Math.max(...data.map((value, t) => Math.abs(value - t)));
    assert.ok(distance <= 5 + 1e-5);
    moved += Number(distance > 0.5);
  }
  assert.ok(moved > 10);
});

Deno.test("melToHertz() undoes hertzToMel(), and sizes out of range are refused", async () => {
  for (const htk of [false, true]) {
    for (const hertz of [0, 440, 1000, 5000]) {
      await assertClose([melToHertz(hertzToMel(hertz, htk), htk)], [hertz], { rtol: 1e-12 });
    }
  }
  assert.equal(Math.round(hertzToMel(1000, true)), 1000);
  assert.throws(
    () => melFilters(8000, 256, { fMin: 5000 }),
    /current values are 128, 5000 and 4000/,
  );
  assert.throws(() => mfcc(noise(9), 8000, { numCoefficients: 200 }), /1 to 128: .* is 200/);
  assert.throws(() => windowWeights("hann", 0), /current size is 0/);
  assert.throws(() => muLawEncode([0], 1), /current number is 1/);
  const frames = { data: Float32Array.of(3, 4), frames: 1, bins: 2 };
  await assertClose(cosineTransform(frames).data, [7 / Math.SQRT2, -1 / Math.SQRT2]);
});
