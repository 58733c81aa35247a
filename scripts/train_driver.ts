/**
 * Teaches a driver by an expert: behaviour cloning first, then rounds of DAgger, with laps driven on tracks never seen.
 *
 *     deno run -A scripts/train_driver.ts --rounds=4
 *     deno run -A scripts/train_driver.ts --train=6 --gusts=0.02 --out=runs/driver
 *     TOME_DATA=data deno run -A scripts/train_driver.ts --tracks=torcs --laps=0.5
 *
 * The driver sees what thirteen range finders measure, and its speed; the expert knows the track. --tracks is "drawn", closed
 * tracks by chance, or "torcs", those of the open racing simulator, from torcs-tracks.tar.gz in the folder that TOME_DATA names; a share of
 * them is held out. After cloning and after each round the driver drives the held-out tracks in gusts, beside the expert.
 * With --out the model stays as a folder, model, beside drive.svg, how far from the middle it drove. With --json the last line is
 * an object with the rounds.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  askExpert,
  collateDriving,
  DataLoader,
  type Drive,
  driveTracks,
  type DrivingExample,
  middleLineDriver,
  OBSERVATION_SIZE,
  randomTrack,
  torcsTracks,
  type Track,
} from "@tome/tome/data";
import { lineFigure, saveFigure } from "@tome/tome/display";
import { DrivingReport, policyDriver } from "@tome/tome/evaluate";
import { MLPClassifier, saveMLPClassifier } from "@tome/tome/models/mlp";
import { AdamW } from "@tome/tome/optim";
import { Rng, seed, useDevice } from "@tome/tome/tensor";
import { regressionLoss, Trainer } from "@tome/tome/train";
import { DEVICE, readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  tracks: {
    type: "string",
    default: "drawn",
    choices: ["drawn", "torcs"],
    help: "where tracks come from",
  },
  train: { type: "integer", default: 4, min: 1, help: "tracks to learn on" },
  held: { type: "integer", default: 8, min: 1, help: "tracks to be measured on" },
  rounds: { type: "integer", default: 3, min: 0, help: "rounds of DAgger after cloning" },
  steps: { type: "integer", default: 1500, min: 1, help: "steps of cloning" },
  roundSteps: { type: "integer", default: 500, min: 1, help: "steps of each round" },
  laps: { type: "number", default: 1, min: 0.01, help: "laps of a drive" },
  gusts: {
    type: "number",
    default: 0.01,
    min: 0,
    help: "how hard gusts push, in 1/m of curvature",
  },
  width: { type: "integer", default: 64, min: 1, help: "units of each of two hidden layers" },
  batch: { type: "integer", default: 64, min: 1, help: "moments in a step" },
  lr: { type: "number", default: 2e-3, min: 0, help: "learning rate" },
  seed: { type: "integer", default: 1, help: "fixes tracks, weights, order and gusts" },
  device: DEVICE,
  out: { type: "string", help: "folder for model and picture; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

async function chooseTracks(): Promise<{ learnt: Track[]; held: Track[] }> {
  const { train, held } = flags;
  if (flags.tracks === "drawn") {
    const all = Array.from(
      { length: train + held },
      (_, i) => randomTrack({ seed: 1000 * flags.seed + i }),
    );
    return { learnt: all.slice(0, train), held: all.slice(train) };
  }
  const all = new Rng(flags.seed).shuffle(await torcsTracks());
  return { learnt: all.slice(0, train), held: all.slice(train, train + held) };
}

async function byExpert(tracks: readonly Track[], gusts: number): Promise<Drive[]> {
  const drives: Drive[] = [];
  for (const track of tracks) {
    const options = { gusts, laps: flags.laps, seed: flags.seed };
    drives.push(...await driveTracks([track], middleLineDriver(track), options));
  }
  return drives;
}

async function train(): Promise<void> {
  const { learnt, held } = await chooseTracks();
  const device = await useDevice(flags.device);
  console.log(String(device));
  seed(flags.seed);
  using model = new MLPClassifier({
    inFeatures: OBSERVATION_SIZE,
    hiddenDims: [flags.width, flags.width],
    numLabels: 2,
    activation: "tanh",
  });
  const { gusts, laps } = flags;
  const expert = (track: Track) => middleLineDriver(track);
  const lessons: DrivingExample[] = await askExpert(await byExpert(learnt, 0), expert);
  const study = async (steps: number) => {
    using optimizer = new AdamW(model.namedParameters(), { lr: flags.lr });
    const batches = new DataLoader(lessons, {
      batchSize: Math.min(flags.batch, lessons.length),
      shuffle: true,
      seed: flags.seed,
      dropLast: true,
      collate: collateDriving,
    });
    const trainer = new Trainer(model, {
      optimizer,
      loss: regressionLoss,
      logEvery: 20,
      stopOnInterrupt: true,
    });
    const history = await trainer.fit(batches, { steps });
    return history.at(-1)!.loss;
  };
  const options = { gusts, laps, seed: flags.seed };
  const experts = await byExpert(held, gusts);
  const reports = [new DrivingReport("the expert", experts)];
  console.log(
    `\n${learnt.length} tracks to learn on, ${held.length} held out; ${lessons.length} moments of the expert\n`,
  );
  let drives: Drive[] = [];
  const losses: number[] = [];
  for (let round = 0; round <= flags.rounds; round++) {
    if (round > 0) {
      const own = { gusts, laps, seed: flags.seed + 100 * round };
      const driven = await driveTracks(learnt, policyDriver(model), own);
      lessons.push(...await askExpert(driven, expert));
    }
    losses.push(await study(round === 0 ? flags.steps : flags.roundSteps));
    drives = await driveTracks(held, policyDriver(model), options);
    const name = round === 0 ? "cloned" : `DAgger, round ${round}`;
    reports.push(new DrivingReport(name, drives));
    console.log(`${name}: ${lessons.length} moments, loss ${losses.at(-1)!.toFixed(5)}`);
  }
  console.log(`\non tracks never seen\n${DrivingReport.table(reports)["text/plain"]}`);
  if (flags.out) {
    await saveMLPClassifier(model, `${flags.out}/model`);
    const offsets = ({ moments }: Drive) =>
      moments.map(({ state }): [number, number] => [state.way, state.offset]);
    const figure = lineFigure(
      { expert: offsets(experts[0]!), model: offsets(drives[0]!) },
      { title: held[0]!.name, x: "metres driven", y: "metres left of the middle" },
    );
    await saveFigure(`${flags.out}/drive.svg`, figure);
  }
  if (!flags.json) return;
  const results = reports.map(({ name, drives, finished, laps, offset, speed }) => ({
    name,
    drives,
    finished,
    laps,
    offset,
    speed,
  }));
  console.log(JSON.stringify({ device: device.name, moments: lessons.length, losses, results }));
}

await run(train);
