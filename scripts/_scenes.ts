/**
 * What the scripts that train on composed scenes share: the flags of scenes, the scenes, and pictures of what was found.
 *
 * @module
 */
import {
  composeScene,
  composeScenes,
  type LabelledImage,
  type Scene,
  type SceneOptions,
  splitExamples,
} from "@tome/tome/data";
import { mnistDigits } from "@tome/tome/data/digits";
import { live, type View } from "@tome/tome/display";
import type { Module } from "@tome/tome/nn";
import { Rng } from "@tome/tome/tensor";
import { jsonl, type ModelFiles, type RunOptions } from "@tome/tome/train";
import { DEVICE, type Flag } from "./_flags.ts";

/** The flags of scenes and of runs. */
export const SCENE_FLAGS = {
  digits: { type: "string", default: "0123456789", help: "the digits that scenes are made of" },
  side: { type: "integer", default: 48, min: 16, help: "height and width of a scene, pixels" },
  objects: { type: "integer", default: 3, min: 1, help: "the most digits in a scene" },
  smallest: { type: "integer", default: 16, min: 4, help: "a digit's longer side, at least" },
  largest: { type: "integer", default: 26, min: 4, help: "a digit's longer side, at most" },
  clutter: { type: "integer", default: 4, min: 0, help: "pieces of digits that are none" },
  colours: { type: "boolean", help: "scenes in colours" },
  held: { type: "integer", default: 300, min: 2, help: "scenes kept for measuring" },
  lr: { type: "number", default: 4e-3, min: 0, help: "peak learning rate" },
  minutes: { type: "number", min: 0, help: "the longest that this run may train (no limit)" },
  seed: { type: "integer", default: 1, help: "fixes weights and scenes" },
  device: DEVICE,
  out: { type: "string", help: "folder for model, log and pictures; none writes nothing" },
  resume: { type: "boolean", help: "go on from the checkpoint in --out" },
  json: { type: "boolean", help: "end with one line of JSON" },
} as const satisfies Record<string, Flag>;

/** The values of {@link SCENE_FLAGS} that say what scenes look like. */
export interface SceneFlags {
  /** The digits that scenes are made of. */
  digits: string;
  /** Height and width of a scene. */
  side: number;
  /** The most digits in a scene. */
  objects: number;
  /** A digit's longer side, at least. */
  smallest: number;
  /** A digit's longer side, at most. */
  largest: number;
  /** Pieces of digits that are none. */
  clutter: number;
  /** Whether scenes have colours. */
  colours: boolean | undefined;
  /** Scenes kept for measuring. */
  held: number;
  /** Fixes the scenes. */
  seed: number;
}

/** Scenes to learn from, drawn anew for each pass, and scenes of digits that none of them holds. */
export interface SceneSets {
  /** The digits, which are the names of the classes. */
  classes: string[];
  /** The scenes of a pass. */
  learnt: (epoch: number) => Iterable<Scene>;
  /** The scenes to measure with. */
  held: Scene[];
  /** The digits that are in no scene to learn from. */
  heldDigits: LabelledImage[];
  /** How scenes are composed. */
  options: SceneOptions;
}

/** Composes scenes of npm's digits, a fifth of which are in held-out scenes only. */
export async function digitScenes(flags: SceneFlags): Promise<SceneSets> {
  const classes = [...new Set(flags.digits)].sort();
  if (classes.length === 0 || classes.some((digit) => !/^\d$/.test(digit))) {
    throw new RangeError(
      `Cannot compose scenes as --digits must be made of digits: current value is "${flags.digits}"`,
    );
  }
  const digits = (await mnistDigits())
    .filter(({ label }) => classes.includes(String(label)))
    .map(({ image, label }) => ({ image, label: classes.indexOf(String(label)) }));
  const { train, validation } = splitExamples(digits, {
    validation: 0.2,
    seed: 1,
    label: ({ label }) => label,
  });
  const options: SceneOptions = {
    width: flags.side,
    height: flags.side,
    objects: [1, flags.objects],
    size: [flags.smallest, flags.largest],
    clutter: flags.clutter,
    channels: flags.colours ? 3 : 1,
  };
  return {
    classes,
    *learnt(epoch) {
      const rng = new Rng(1000 * flags.seed + epoch);
      for (let n = 0; n < 2000; n++) yield composeScene(train, options, rng);
    },
    held: composeScenes(validation, flags.held, { ...options, seed: 77 }),
    heldDigits: validation,
    options,
  };
}

/** The flags of {@link SCENE_FLAGS} that say how long a run goes on, and what it leaves. */
export interface RunFlags {
  /** Folder for model, log and pictures. */
  out: string | undefined;
  /** The longest that the run may train. */
  minutes: number | undefined;
  /** Whether it goes on from the checkpoint in `out`. */
  resume: boolean | undefined;
  /** Optimizer steps in all. */
  steps: number;
}

/** What a trainer is told by the flags: its log, its checkpoints, and when to end. */
export function trainerOptions<M extends Module>(
  { out, minutes }: RunFlags,
  title: string,
  files: ModelFiles<M>,
) {
  return {
    files,
    logEvery: 10,
    stopOnInterrupt: true,
    ...(minutes === undefined ? {} : { maxMinutes: minutes }),
    ...(out ? { checkpoint: { folder: `${out}/checkpoints` } } : {}),
    callbacks: [live({ title }), ...(out ? [jsonl(`${out}/metrics.jsonl`)] : [])],
  };
}

/** How long a run goes on, and from where. */
export function fitOptions({ out, resume, steps }: RunFlags): RunOptions {
  if (resume && !out) throw new TypeError("Cannot resume as the run has no folder: pass --out");
  return { steps, ...(resume ? { resume: `${out}/checkpoints` } : {}) };
}

/** Writes a view as a PNG picture. */
export async function writePicture(path: string, view: View): Promise<void> {
  const picture = (await view.display())["image/png"];
  if (typeof picture === "string") await Deno.writeFile(path, Uint8Array.fromBase64(picture));
}
