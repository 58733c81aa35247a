/**
 * Trains a model that speaks, and lets it say something into WAV files.
 *
 *     deno run -A scripts/speak.ts --say="seven,sixteenth" --out=runs/voice
 *     deno run -A scripts/speak.ts --model=runs/voice/model --say="seventy" --out=runs/more
 *     deno run -A scripts/speak.ts --kind=wavenet --steps=1500 --out=runs/wavenet
 *     TOME_DATA=DIR deno run -A scripts/speak.ts --kind=wavenet --sounds=digits --say="3,7" --out=runs/digits
 *
 * A Tacotron learns 117 words that one voice says (Debian's "asterisk-core-sounds-en-wav", 18 MB, downloaded once) and makes
 * mel frames of letters; Griffin and Lim's algorithm makes a sound of them. Twelve words are held out. It is measured how far
 * its frames are from the true ones, warped in time, beside the distance of other words; and how many of its words are
 * recognized by their nearest among the true ones, 117 in all.
 *
 * A WaveNet learns samples: of the same words, or of the Free Spoken Digit Dataset (fsdd-600.tar in the folder of TOME_DATA),
 * told which digit it is. It is measured in bits a sample on held-out sounds, beside the histogram of samples after each
 * sample. What is said are then digits.
 *
 * With --json the last line is an object with the measures.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS) --allow-net=deb.debian.org.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  fitMelSound,
  type MelSound,
  melToSound,
  muLawDecode,
  muLawEncode,
  nearestTemplate,
  type Sound,
  soundToMel,
  warpFrames,
} from "@tome/tome/audio";
import {
  collateSpoken,
  DataLoader,
  type LevelSound,
  type SpokenExample,
  WaveWindows,
  writeSound,
} from "@tome/tome/data";
import { asteriskVoice } from "@tome/tome/data/asterisk-voice";
import { spokenDigits } from "@tome/tome/data/spoken-digits";
import { NGramModel } from "@tome/tome/evaluate";
import { generateWave, speakFrames } from "@tome/tome/generate";
import { loadTacotron, saveTacotron, Tacotron } from "@tome/tome/models/tacotron";
import { doublingDilations, loadWaveNet, saveWaveNet, WaveNet } from "@tome/tome/models/wavenet";
import { Adam } from "@tome/tome/optim";
import { Rng, seed, type Tensor, tidy, useDevice } from "@tome/tome/tensor";
import { synthesisWith, Trainer, waveLoss } from "@tome/tome/train";
import * as tf from "@tensorflow/tfjs";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  kind: {
    type: "string",
    default: "tacotron",
    choices: ["tacotron", "wavenet"],
    help: "the model",
  },
  say: {
    type: "string",
    default: "",
    help: "what is said: words or, of a WaveNet, digits; with commas between",
  },
  model: { type: "string", help: "a folder with a trained model; without it, one is trained" },
  sounds: {
    type: "string",
    default: "voice",
    choices: ["voice", "digits"],
    help: "what a WaveNet learns: one voice's words, or digits of six speakers, told which digit",
  },
  steps: { type: "integer", default: 400, min: 1, help: "optimizer steps" },
  batch: { type: "integer", default: 32, min: 1, help: "words, or windows of sounds, in a step" },
  lr: { type: "number", default: 2e-3, min: 0, help: "learning rate of Adam" },
  width: {
    type: "integer",
    min: 2,
    help: "units of the decoder (96), or channels of a WaveNet (32)",
  },
  window: { type: "integer", default: 2000, min: 2, help: "samples of a WaveNet's window" },
  layers: {
    type: "integer",
    default: 9,
    min: 1,
    help: "blocks of a WaveNet until dilations begin again",
  },
  stacks: {
    type: "integer",
    default: 1,
    min: 1,
    help: "how often a WaveNet's dilations begin again",
  },
  held: { type: "integer", default: 12, min: 1, help: "sounds that are held out" },
  seconds: { type: "number", default: 0.6, min: 0.01, help: "how long a WaveNet speaks" },
  temperature: {
    type: "number",
    default: 1,
    min: 0,
    help: "what a WaveNet's logits are divided by",
  },
  seed: { type: "integer", default: 1337, help: "fixes weights, order and what is drawn" },
  device: DEVICE,
  out: { type: "string", help: "folder for the model and the sounds; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

const RATE = 8000;
const FRAMES_PER_STEP = 4;
const said = flags.say.split(",").map((text) => text.trim().toLowerCase()).filter(Boolean);
const lettersOf = (text: string) => [...text].map((letter) => letter.charCodeAt(0) - 96);

const callbacks = [{
  onStep: ({ step, loss }: { step: number; loss: number }) => {
    if (step % 50 === 0 || step === flags.steps) {
      console.log(`step ${step}  loss ${loss.toFixed(4)}`);
    }
  },
}];

/** Some of them are held out: which, is decided by the seed. */
function holdOut<T>(all: readonly T[]): { train: T[]; held: T[] } {
  const mixed = new Rng(flags.seed).shuffle([...all]);
  if (mixed.length <= flags.held) throw new RangeError(`--held must be below ${mixed.length}`);
  return { train: mixed.slice(flags.held), held: mixed.slice(0, flags.held) };
}

async function write(name: string, sound: Sound): Promise<void> {
  if (!flags.out) return;
  await Deno.mkdir(flags.out, { recursive: true });
  const path = `${flags.out}/${name.replaceAll(" ", "_")}.wav`;
  await writeSound(path, sound);
  console.log(path);
}

interface Word extends SpokenExample {
  text: string;
}

async function trainTacotron(words: readonly Word[], sound: MelSound): Promise<Tacotron> {
  const model = new Tacotron({
    vocabSize: 27,
    numMels: sound.numMels,
    framesPerStep: FRAMES_PER_STEP,
    decoderDim: flags.width ?? 96,
    prenetDropout: 0.1,
    sound: { ...sound },
  });
  const silence = (Math.log(sound.least) - sound.mean) / sound.deviation;
  const sizes = {
    framesPerStep: FRAMES_PER_STEP,
    silence,
    frames: Math.max(...words.map(({ mel }) => mel.frames)),
    letters: Math.max(...words.map(({ ids }) => ids.length)),
  };
  const batches = new DataLoader([...words], {
    batchSize: flags.batch,
    shuffle: true,
    dropLast: true,
    seed: flags.seed,
    collate: (some) => collateSpoken(some, sizes),
  });
  using optimizer = new Adam(model.namedParameters(), { lr: flags.lr });
  const options = { optimizer, loss: synthesisWith({ guideWeight: 5 }), maxGradNorm: 1, callbacks };
  await new Trainer(model, options).fit(batches, { steps: flags.steps });
  return model.eval();
}

/** How far spoken frames are from the true ones, and how many words are recognized. */
async function measure(model: Tacotron, words: readonly Word[], all: readonly Word[]) {
  const made = await speakFrames(model, words.map(({ ids }) => ids), { maxSteps: 60 });
  const templates = all.map(({ mel }) => mel);
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  const own: number[] = [], others: number[] = [], right: number[] = [];
  for (const [i, { text, mel }] of words.entries()) {
    own.push(warpFrames(made[i]!.mel, mel).distance);
    const other = all[(all.findIndex((word) => word.text === text) + 41) % all.length]!;
    others.push(warpFrames(other.mel, mel).distance);
    right.push(Number(all[nearestTemplate(made[i]!.mel, templates).index]!.text === text));
  }
  const ended = mean(made.map(({ ended }) => Number(ended)));
  return { distance: mean(own), otherWords: mean(others), recognized: mean(right), ended };
}

async function tacotron(): Promise<object> {
  let sound: MelSound;
  let measured: object = {};
  let model: Tacotron;
  if (flags.model) {
    model = await loadTacotron(flags.model);
    sound = model.config.sound as unknown as MelSound;
  } else {
    const voice = await asteriskVoice();
    sound = fitMelSound(voice);
    const words = voice.map((word): Word => ({
      text: word.text,
      ids: lettersOf(word.text),
      mel: soundToMel(word, sound),
    }));
    const { train, held } = holdOut(words);
    model = await trainTacotron(train, sound);
    const [learnt, unheard] = [
      await measure(model, train.slice(0, 3 * flags.held), words),
      await measure(model, held, words),
    ];
    for (const [name, values] of Object.entries({ learnt, unheard })) {
      console.log(
        `${name} words: ${values.distance.toFixed(3)} from the true ones, which are ${
          values.otherWords.toFixed(3)
        } from other words; ${(100 * values.recognized).toFixed(0)} % recognized`,
      );
    }
    measured = { learnt, unheard };
    if (flags.out) await saveTacotron(model, `${flags.out}/model`);
  }
  using _ = model;
  const wrong = said.find((text) => !/^[a-z]+$/.test(text));
  if (wrong) throw new RangeError(`--say must be words of the letters a to z: it has ${wrong}`);
  const spoken = said.length ? await speakFrames(model, said.map(lettersOf), { maxSteps: 60 }) : [];
  for (const [i, { mel }] of spoken.entries()) await write(said[i]!, melToSound(mel, sound));
  return { parameters: model.numParameters(), ...measured };
}

const isDigits = flags.sounds === "digits";

async function waves(): Promise<{ train: LevelSound[]; held: LevelSound[] }> {
  const sounds = isDigits
    ? (await spokenDigits()).map(({ sound, digit }) => ({ ...sound, label: digit }))
    : (await asteriskVoice()).map((word) => ({ ...word, label: undefined }));
  return holdOut(sounds.map(({ samples, label }): LevelSound => {
    const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    const levels = muLawEncode(samples.map((value) => 0.8 * value / loudest));
    return label === undefined ? { levels } : { levels, label };
  }));
}

/** The mean cross entropy of the samples of sounds, each of which comes after silence, in bits. */
async function bitsPerSample(model: WaveNet, sounds: readonly LevelSound[]): Promise<number> {
  let [sum, count] = [0, 0];
  for (const { levels, label } of sounds) {
    const ids = Int32Array.from([...Array(model.receptiveField).fill(128), ...Array.from(levels)]);
    const targets = ids.slice(1).fill(-100, 0, model.receptiveField - 1);
    const loss = tidy(() =>
      waveLoss.sum!(model, {
        inputs: tf.tensor2d(ids.slice(0, -1), [1, ids.length - 1], "int32"),
        targets: tf.tensor2d(targets, [1, targets.length], "int32"),
        ...(label === undefined ? {} : { labels: tf.tensor1d([label], "int32") as Tensor }),
      })
    );
    sum += (await loss.data())[0]!;
    loss.dispose();
    count += levels.length;
  }
  return sum / count / Math.LN2;
}

async function waveNet(): Promise<object> {
  let measured: object = {};
  let model: WaveNet;
  if (flags.model) model = await loadWaveNet(flags.model);
  else {
    const { train, held } = await waves();
    const width = flags.width ?? 32;
    model = new WaveNet({
      residualChannels: width,
      skipChannels: 2 * width,
      dilations: doublingDilations(flags.layers, flags.stacks),
      numClasses: isDigits ? 10 : 0,
    });
    const batches = new WaveWindows(train, {
      length: flags.window,
      batchSize: flags.batch,
      silence: model.receptiveField,
      seed: flags.seed,
    });
    using optimizer = new Adam(model.namedParameters(), { lr: flags.lr });
    const options = { optimizer, loss: waveLoss, maxGradNorm: 1, callbacks };
    await new Trainer(model, options).fit(batches, { steps: flags.steps });
    model.eval();
    const order = (n: number) =>
      new NGramModel(train.flatMap(({ levels }) => Array.from(levels)), 256, { order: n });
    const [alone, previous] = [order(1), order(2)].map((counts) => {
      const samples = held.reduce((sum, { levels }) => sum + levels.length - 1, 0);
      const nats = held.reduce(
        (sum, { levels }) => sum + counts.loss(levels) * (levels.length - 1),
        0,
      );
      return nats / samples / Math.LN2;
    });
    const bits = await bitsPerSample(model, held);
    console.log(
      `bits a sample, held out: ${bits.toFixed(2)}; by the sample before: ${
        previous!.toFixed(2)
      }; by none: ${alone!.toFixed(2)}; it sees ${model.receptiveField} samples`,
    );
    measured = { bits, previous, alone, receptiveField: model.receptiveField };
    if (flags.out) await saveWaveNet(model, `${flags.out}/model`);
  }
  using _ = model;
  const labels = said.map(Number);
  if (model.numClasses > 0 && labels.some((digit) => !(Number.isInteger(digit) && digit < 10))) {
    throw new RangeError(`--say must be digits: it is ${flags.say}`);
  }
  const common = {
    length: Math.round(flags.seconds * RATE),
    temperature: flags.temperature,
    seed: flags.seed,
  };
  if (model.numClasses === 0 || labels.length > 0) {
    const codes = await generateWave(model, model.numClasses ? { ...common, labels } : common);
    for (const [i, levels] of codes.entries()) {
      await write(said[i] ?? "wave", { samples: muLawDecode(levels), sampleRate: RATE });
    }
  }
  return { parameters: model.numParameters(), ...measured };
}

async function main(): Promise<void> {
  const device = await useDevice(flags.device);
  seed(flags.seed);
  const found = flags.kind === "wavenet" ? await waveNet() : await tacotron();
  if (flags.json) console.log(JSON.stringify({ kind: flags.kind, device: device.name, ...found }));
}

await run(main);
