import assert from "node:assert/strict";
import {
  decibels,
  decodeOgg,
  decodeSound,
  decodeWav,
  istft,
  kaiserWindow,
  melFilters,
  melSpectrogram,
  mfcc,
  muLawDecode,
  muLawEncode,
  resample,
  stft,
  type StftOptions,
  trimSilence,
  type WindowName,
  windowWeights,
} from "@tome/tome/audio";
import golden from "../../golden/audio.json" with { type: "json" };
import { assertClose } from "../../_support/numeric.ts";

const { rate: RATE, length: LENGTH } = golden;

/** The sound that the golden file was made of. */
const SOUND = Float32Array.from({ length: LENGTH }, (_, n) => {
  const x = 0.4 * Math.sin(0.09 * n) + 0.3 * Math.sin(0.00035 * n * n) + 0.05 * Math.cos(2.1 * n);
  return x * Math.min(1, n / 200);
});
const SMALL: StftOptions = { fftSize: 256, hopLength: 100 };
const every = (x: ArrayLike<number>, step: number) =>
  Float64Array.from({ length: Math.ceil(x.length / step) }, (_, i) => x[i * step]!);

Deno.test("windowWeights() and kaiserWindow() are SciPy's", async () => {
  for (const [name, weights] of Object.entries(golden.windows)) {
    await assertClose(windowWeights(name as WindowName, 11), weights, { rtol: 1e-6, atol: 1e-7 });
  }
  await assertClose(kaiserWindow(9, 5), golden.kaiser, { rtol: 1e-6 });
});

Deno.test("stft() is librosa's, of any length, centred or not", async () => {
  for (const { options, re, im } of golden.stft) {
    const { n_fft, hop_length, win_length, window, center } = options as Record<string, unknown>;
    const made = stft(SOUND, {
      fftSize: n_fft as number,
      hopLength: hop_length as number,
      ...(win_length ? { windowLength: win_length as number } : {}),
      window: (window ?? "hann") as WindowName,
      center: (center ?? true) as boolean,
    });
    const pick = (x: Float32Array) => x.filter((_, i) => Math.floor(i / made.bins) % 4 === 0);
    await assertClose(pick(made.re), re, { atol: 1e-4 });
    await assertClose(pick(made.im), im, { atol: 1e-4 });
  }
});

Deno.test("istft() of a transform that no sound has is librosa's", async () => {
  const made = stft(SOUND, SMALL);
  for (let i = 0; i < made.re.length; i++) {
    const angle = 0.3 * Math.floor(i / made.bins);
    const [a, b, c, s] = [made.re[i]!, made.im[i]!, Math.cos(angle), Math.sin(angle)];
    [made.re[i], made.im[i]] = [a * c - b * s, a * s + b * c];
  }
  await assertClose(every(istft(made, SMALL, LENGTH), 5), golden.istft, { atol: 2e-5 });
});

Deno.test("melFilters(), melSpectrogram(), decibels() and mfcc() are librosa's", async () => {
  for (const { htk, norm, values } of golden.filters) {
    const { data, bins } = melFilters(RATE, 256, {
      numMels: 20,
      fMin: 50,
      fMax: 3800,
      htk,
      normalize: norm,
    });
    const rows = Array.from({ length: 7 }, (_, i) => [
      ...data.subarray(3 * i * bins, (3 * i + 1) * bins),
    ]);
    await assertClose(rows.flat(), values, { atol: 1e-7 });
  }
  const mel = melSpectrogram(SOUND, RATE, { ...SMALL, numMels: 40 });
  assert.deepEqual([mel.frames, mel.bins], [13, 40]);
  await assertClose(mel.data, golden.mel, { rtol: 1e-4, atol: 1e-6 });
  const loud = decibels(mel, { reference: "max", range: 60 });
  await assertClose(loud.data, golden.decibels, { atol: 2e-3 });
  const some = mfcc(SOUND, RATE, { ...SMALL, numMels: 40, numCoefficients: 13 });
  await assertClose(some.data, golden.mfcc, { rtol: 1e-4, atol: 2e-3 });
  await assertClose(mfcc(SOUND, RATE).data, golden.mfcc_default, { rtol: 1e-4, atol: 2e-3 });
});

Deno.test("resample() is SciPy's resample_poly()", async () => {
  for (const { to, values } of golden.resampled) {
    const made = resample(SOUND, RATE, to);
    assert.equal(made.length, Math.ceil(LENGTH * to / RATE));
    await assertClose(every(made, 3), values, { atol: 1e-6 });
  }
});

Deno.test("trimSilence() keeps what librosa keeps", () => {
  const samples = new Float32Array(3000 + LENGTH + 2000);
  samples.set(SOUND, 3000);
  const kept = trimSilence({ samples, sampleRate: RATE }, 30, 512, 128).samples;
  assert.deepEqual([kept.byteOffset / 4, kept.byteOffset / 4 + kept.length], golden.trimmed);
});

Deno.test("muLawEncode() and muLawDecode() are as librosa bends", async () => {
  const { codes, decoded } = golden.mu_law;
  const line = Float64Array.from({ length: 33 }, (_, i) => -1 + i / 16);
  assert.deepEqual([...muLawEncode(line)], codes);
  const some = Array.from({ length: 16 }, (_, i) => 17 * i);
  await assertClose(muLawDecode(some), decoded, { rtol: 1e-6 });
  const all = Int32Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(muLawEncode(muLawDecode(all)), all);
});

Deno.test("decodeWav() reads every kind of sample as libsndfile does", async () => {
  for (const [kind, { file, left, right }] of Object.entries(golden.wav)) {
    const { channels, sampleRate } = decodeWav(Uint8Array.fromBase64(file));
    assert.equal(sampleRate, RATE, kind);
    await assertClose(channels[0]!, left, { rtol: 1e-6, atol: 1e-7 });
    await assertClose(channels[1]!, right, { rtol: 1e-6, atol: 1e-7 });
  }
});

Deno.test("decodeOgg() reads Vorbis as libsndfile does", async () => {
  const bytes = Uint8Array.fromBase64(golden.ogg.file);
  const { channels, sampleRate } = await decodeOgg(bytes);
  assert.deepEqual([channels.length, sampleRate, channels[0]!.length], [2, RATE, LENGTH]);
  await assertClose(every(channels[0]!, 10), golden.ogg.left, { atol: 1e-4 });
  await assertClose(every(channels[1]!, 10), golden.ogg.right, { atol: 1e-4 });
  assert.equal((await decodeSound(bytes)).channels.length, 2);
});
