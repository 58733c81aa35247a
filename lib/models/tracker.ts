import type { FoundBox } from "../metrics/mod.ts";
import { type Box, boxIou, linearAssignment } from "../ops/mod.ts";

/** How a {@link Tracker} joins boxes. */
export interface TrackerOptions {
  /** What a box must overlap, at least, with the place where its track is expected. @default {0.2} */
  iou?: number;
  /** Frames for which a track that was not found is kept. @default {5} */
  patience?: number;
  /** Frames that a track must be found in before it is given; boxes that come and go at once are none. @default {1} */
  confirm?: number;
  /** Whether only boxes of one class are joined. @default {false} */
  byClass?: boolean;
  /** How much of the newest step is taken into the speed of a track, from 0 to 1. @default {0.5} */
  momentum?: number;
}

/** A found box that belongs to a track. */
export interface TrackedObject extends FoundBox {
  /** The number of its track, from 0. */
  track: number;
}

/** What is known of a thing that is followed. */
interface Track {
  id: number;
  label: number;
  box: Box;
  speed: [x: number, y: number]; // pixels a frame
  missed: number;
  found: number;
}

/**
 * Joins the boxes that a detector finds in the frames of a film to tracks: each track is expected where its speed takes it, and
 * boxes are given to tracks so that the overlap is greatest in all.
 *
 * @example
 * ```ts
 * import { Tracker } from "@tome/tome/models";
 * import assert from "node:assert/strict";
 *
 * const tracker = new Tracker();
 * const [first] = tracker.update([{ box: [0, 0, 10, 10], label: 4, score: 0.9 }]);
 * const [second] = tracker.update([{ box: [2, 0, 12, 10], label: 4, score: 0.8 }]);
 * assert.equal(first!.track, second!.track);
 * ```
 * @see Bewley et al., 2016, "Simple Online and Realtime Tracking", https://arxiv.org/abs/1602.00763; the speed is a running mean
 *   here, where they take a Kalman filter
 */
export class Tracker {
  readonly #options: Required<TrackerOptions>;
  #tracks: Track[] = [];
  #next = 0;

  /**
   * Makes a tracker that has seen no frame.
   *
   * @throws {RangeError} If an option is out of range.
   */
  constructor(options: TrackerOptions = {}) {
    const all = { iou: 0.2, patience: 5, confirm: 1, byClass: false, momentum: 0.5, ...options };
    const share = (value: number) => value >= 0 && value <= 1;
    if (!share(all.iou) || !share(all.momentum) || !(all.patience >= 0) || !(all.confirm >= 1)) {
      throw new RangeError(
        `Cannot make a Tracker as iou and momentum must lie between 0 and 1, patience be at least 0 and confirm at least 1: current values are ${all.iou}, ${all.momentum}, ${all.patience} and ${all.confirm}`,
      );
    }
    this.#options = all;
  }

  /** How many tracks are followed. */
  get size(): number {
    return this.#tracks.length;
  }

  /**
   * Takes the boxes of the next frame.
   *
   * @param boxes What was found, in any order.
   * @returns The boxes that belong to a track, with its number.
   */
  update(boxes: readonly FoundBox[]): TrackedObject[] {
    const { iou, patience, confirm, byClass, momentum } = this.#options;
    const expected = this.#tracks.map(({ box, speed: [x, y], missed }): Box => {
      const steps = missed + 1;
      return [
        box[0] + steps * x,
        box[1] + steps * y,
        box[2] + steps * x,
        box[3] + steps * y,
      ];
    });
    const overlap = (t: number, b: number) =>
      byClass && this.#tracks[t]!.label !== boxes[b]!.label
        ? 0
        : boxIou(expected[t]!, boxes[b]!.box);
    const shares = this.#tracks.map((_, t) => boxes.map((_, b) => overlap(t, b)));
    // a pair that overlaps too little costs as much as many that do: it is made only where nothing else is left
    const pairs = linearAssignment(
      shares.map((row) => row.map((share) => share >= iou && share > 0 ? 1 - share : 1e3)),
    );
    const trackOf = new Map<number, Track>();
    for (const [t, track] of this.#tracks.entries()) {
      const b = pairs[t] ?? -1;
      const share = b >= 0 ? shares[t]![b]! : 0;
      if (share < iou || share === 0) {
        track.missed++;
        continue;
      }
      const { box } = boxes[b]!;
      const steps = track.missed + 1;
      const moved = (i: 0 | 1) =>
        (box[i] + box[i + 2]! - track.box[i] - track.box[i + 2]!) / (2 * steps);
      const mixed = (old: number, step: number) =>
        track.found === 1 ? step : (1 - momentum) * old + momentum * step;
      track.speed = [mixed(track.speed[0], moved(0)), mixed(track.speed[1], moved(1))];
      Object.assign(track, { box, missed: 0, found: track.found + 1 });
      trackOf.set(b, track);
    }
    this.#tracks = this.#tracks.filter(({ missed }) => missed <= patience);
    for (const [b, { box, label }] of boxes.entries()) {
      if (trackOf.has(b)) continue;
      const track: Track = { id: this.#next++, label, box, speed: [0, 0], missed: 0, found: 1 };
      this.#tracks.push(track);
      trackOf.set(b, track);
    }
    return boxes.flatMap((box, b) => {
      const { id, found } = trackOf.get(b)!;
      return found >= confirm ? [{ ...box, track: id }] : [];
    });
  }
}
