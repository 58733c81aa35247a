import assert from "node:assert/strict";
import {
  applyFilters,
  fitMelSound,
  type Frames,
  griffinLim,
  invertFilters,
  MEL_8_KHZ,
  melFilters,
  melToSound,
  type Sound,
  soundToMel,
  spectralConvergence,
  spectrum,
  stft,
} from "@tome/tome/audio";
import golden from "../../golden/griffin_lim.json" with { type: "json" };
import { assertClose } from "../../_support/numeric.ts";

const { frames, bins } = golden;
const magnitudes: Frames = { data: Float32Array.from(golden.magnitudes), frames, bins };

for (const { iterations, momentum, sound, convergence } of golden.cases) {
  const name = `${iterations} iterations and a momentum of ${momentum}`;
  Deno.test(`griffinLim() of ${name} is librosa's`, async () => {
    const made = griffinLim(magnitudes, { ...golden.sizes, iterations, momentum });
    // phases of quiet frequencies are decided by rounding, which each iteration makes larger
    await assertClose(made, sound, { rtol: 1e-3, atol: 1e-3 });
    const found = spectralConvergence(magnitudes, spectrum(stft(made, golden.sizes), 1));
    await assertClose([found], [convergence], { rtol: 1e-3 });
  });
}

Deno.test("griffinLim() comes nearer with each iteration, and faster with momentum", () => {
  const run = (momentum: number) => {
    const steps: number[] = [];
    const onIteration = (convergence: number) => steps.push(convergence);
    griffinLim(magnitudes, { ...golden.sizes, momentum, iterations: 40, onIteration });
    return steps;
  };
  const plain = run(0);
  assert.equal(plain.length, 40);
  for (let k = 1; k < plain.length; k++) assert.ok(plain[k]! <= plain[k - 1]! + 1e-6);
  assert.ok(plain.at(-1)! < plain[0]! / 2, `${plain[0]} fell to ${plain.at(-1)} only`);
  assert.ok(run(0.99).at(-1)! < plain.at(-1)!);
});

Deno.test("griffinLim() with the true phases gives the sound again", async () => {
  const sound = Float32Array.from({ length: 256 }, (_, i) => Math.sin(0.2 * i + 0.001 * i * i));
  const { re, im, ...sizes } = stft(sound, golden.sizes);
  const wanted = spectrum({ re, im, ...sizes }, 1);
  const phases = re.map((a, i) => Math.atan2(im[i]!, a));
  const made = griffinLim(wanted, { ...golden.sizes, phases, iterations: 2, length: 256 });
  await assertClose(made, sound, { atol: 1e-4 });
});

Deno.test("invertFilters() finds magnitudes that give the same bands", async () => {
  const filters = melFilters(8000, 64, { numMels: 12 });
  const bands = applyFilters(magnitudes, filters);
  const found = invertFilters(bands, filters, 400);
  assert.deepEqual([found.frames, found.bins], [frames, bins]);
  assert.ok(found.data.every((value) => value >= 0));
  const loudest = bands.data.reduce((a, b) => Math.max(a, b));
  await assertClose(applyFilters(found, filters).data, bands.data, { atol: 0.01 * loudest });
  const of = (iterations: number) =>
    spectralConvergence(bands, applyFilters(invertFilters(bands, filters, iterations), filters));
  assert.ok(of(50) < of(5));
});

Deno.test("melToSound() makes a sound whose frames are those that it was given", () => {
  const sound: Sound = {
    samples: Float32Array.from(
      { length: 4000 },
      (_, i) => 0.3 * Math.sin(0.1 * i) * Math.sin(Math.PI * i / 4000) + 0.1 * Math.sin(0.45 * i),
    ),
    sampleRate: 8000,
  };
  const settings = fitMelSound([sound], { ...MEL_8_KHZ, numMels: 24 });
  const mel = soundToMel(sound, settings);
  const mean = mel.data.reduce((a, b) => a + b) / mel.data.length;
  const square = mel.data.reduce((sum, value) => sum + value * value, 0) / mel.data.length;
  assert.ok(Math.abs(mean) < 1e-4 && Math.abs(square - 1) < 1e-3, `${mean} ${square}`);
  const again = soundToMel(melToSound(mel, settings), settings);
  assert.equal(again.frames, mel.frames);
  const apart = mel.data.reduce((sum, value, i) => sum + Math.abs(value - again.data[i]!), 0);
  assert.ok(apart / mel.data.length < 0.2, `the frames are ${apart / mel.data.length} apart`);
});

Deno.test("griffinLim() and its company name what is wrong", () => {
  assert.throws(() => griffinLim(magnitudes, { iterations: -1 }), RangeError);
  assert.throws(() => griffinLim(magnitudes, { phases: [0] }), RangeError);
  assert.throws(() => invertFilters(magnitudes, melFilters(8000, 64, { numMels: 5 })), RangeError);
  assert.throws(
    () => spectralConvergence(magnitudes, { ...magnitudes, frames: frames - 1 }),
    RangeError,
  );
  assert.throws(() => fitMelSound([]), RangeError);
  const slow = { samples: new Float32Array(100), sampleRate: 4000 };
  assert.throws(() => soundToMel(slow, MEL_8_KHZ), RangeError);
});
