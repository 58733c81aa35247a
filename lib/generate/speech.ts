import type { Frames } from "../audio/mod.ts";
import type { SpeechState, SpeechSynthesizer } from "../nn/mod.ts";
import * as tf from "../tensor/_tf.ts";
import { dispose, interruptSignal, nextTurn, record, type Tensor } from "../tensor/mod.ts";
import { inUse } from "./context.ts";

/** How {@link speakFrames} speaks. */
export interface SpeakOptions {
  /** The most steps of a text; a text whose end is not spoken by then is cut off. @default {200} */
  maxSteps?: number;
  /** The least probability of a step's being the last that ends a text. @default {0.5} */
  stopAt?: number;
  /** The token that fills texts up. @default {0} */
  padId?: number;
  /** Stops the work. @default {the Stop button, in a notebook} */
  signal?: AbortSignal;
}

/** A text that was spoken. */
export interface SpokenText {
  /** The refined frames, `[frames, numMels]`. */
  mel: Frames;
  /** What each step looked at: a row for each step, a column for each letter. */
  weights: number[][];
  /** Whether its end was spoken; otherwise it was cut off. */
  ended: boolean;
}

/**
 * Speaks texts, each step with the frames that the steps before made.
 *
 * @param model What speaks.
 * @param texts The letters of each text, as ids; at least one each.
 * @param options How long at most, and what counts as an end.
 * @returns The frames of each text. What is spoken of one does not depend on the others.
 * @throws {RangeError} If an option is out of its range, or a text is empty.
 */
export async function speakFrames(
  model: SpeechSynthesizer,
  texts: readonly (readonly number[])[],
  options: SpeakOptions = {},
): Promise<SpokenText[]> {
  const { maxSteps = 200, stopAt = 0.5, padId = 0, signal = interruptSignal() } = options;
  if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0) || !(stopAt > 0 && stopAt < 1)) {
    throw new RangeError(
      `Cannot speak as maxSteps must be a positive integer and stopAt in (0, 1): current values are ${maxSteps} and ${stopAt}`,
    );
  }
  if (texts.length === 0 || texts.some(({ length }) => length === 0)) {
    throw new RangeError(
      `Cannot speak as each text must have a letter: current lengths are [${
        texts.map(({ length }) => length)
      }]`,
    );
  }
  const longest = Math.max(...texts.map(({ length }) => length));
  const rows = texts.map((text) => [...text, ...Array(longest - text.length).fill(padId)]);
  const present = texts.map((text) => rows[0]!.map((_, s) => Number(s < text.length)));
  const { numMels: M, framesPerStep: r } = model;
  const B = texts.length;
  let state = tf.tidy(() => {
    const mask = tf.tensor2d(present, undefined, "int32");
    const ids = tf.tensor2d(rows, undefined, "int32");
    const begun = inUse(model, () => model.begin(model.encode({ ids, mask }), mask));
    // what occurs twice would be freed twice
    return Object.fromEntries(Object.entries(begun).map(([k, x]) => [k, tf.clone(x)]));
  }) as Record<string, Tensor>;
  using step = record(
    ({ state, frame }: { state: SpeechState; frame: Tensor }) => {
      const made = inUse(model, () => model.next(state, frame));
      const changed = Object.entries(made.state).filter(([name, x]) => x !== state[name]);
      return {
        changed: Object.fromEntries(changed.map(([name, x]) => [name, tf.add(x, 0)])),
        frame: tf.reshape(tf.slice(made.coarse, [0, r - 1, 0], [B, 1, M]), [B, M]),
        coarse: made.coarse,
        // one reading a step: the logits of the end, and what was looked at
        told: tf.concat([tf.expandDims(made.stop, 1), made.weights], 1),
      };
    },
    { name: "speaking" },
  );
  let frame: Tensor = tf.zeros([B, M]);
  const coarse: Tensor[] = [];
  const weights: number[][][] = texts.map(() => []);
  const ended = texts.map(() => false);
  const limit = Math.log(stopAt / (1 - stopAt));
  try {
    while (coarse.length < maxSteps && ended.includes(false)) {
      const made = step({ state, frame });
      frame.dispose();
      for (const [name, x] of Object.entries(made.changed)) {
        state[name]!.dispose();
        state = { ...state, [name]: x };
      }
      frame = made.frame;
      coarse.push(made.coarse);
      const told = await made.told.array() as number[][];
      made.told.dispose();
      for (const [b, [stop, ...row]] of told.entries()) {
        if (ended[b]) continue;
        weights[b]!.push(row.slice(0, texts[b]!.length));
        ended[b] = stop! > limit;
      }
      await nextTurn();
      signal?.throwIfAborted();
    }
    return await Promise.all(texts.map(async (_, b) => {
      const steps = weights[b]!.length;
      const refined = tf.tidy(() => {
        const own = coarse.slice(0, steps).map((x) => tf.slice(x, [b, 0, 0], [1, r, M]));
        return inUse(model, () => model.refine(tf.concat(own, 1)));
      });
      const data = Float32Array.from(await refined.data());
      refined.dispose();
      return {
        mel: { data, frames: steps * r, bins: M },
        weights: weights[b]!,
        ended: ended[b]!,
      };
    }));
  } finally {
    dispose([frame, ...coarse, state]);
  }
}
