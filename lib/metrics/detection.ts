import { type Box, boxCover, boxIou } from "../ops/mod.ts";
import { lengthOf, type Metric } from "./metric.ts";

/** A box that is there. */
export interface TrueBox {
  /** Where it is. */
  box: Box;
  /** Its class, from 0. */
  label: number;
  /** Whether it is around many things that nobody told apart: what is found inside is neither right nor wrong. @default {false} */
  crowd?: boolean;
  /** The pixels of the thing, by which it is small or large. @default {the area of the box} */
  area?: number;
}

/** A box that was found. */
export interface FoundBox {
  /** Where it is. */
  box: Box;
  /** Its class, from 0. */
  label: number;
  /** How sure it is; only the order counts. */
  score: number;
}

/** What was found in an image, and what is there. */
export type DetectionRow = [found: readonly FoundBox[], truth: readonly TrueBox[]];

/** How {@link boxAveragePrecision} and {@link boxAverageRecall} measure. */
export interface DetectionOptions {
  /** The IoU that a found box must have at least, or several, over which the mean is taken. @default {{@link COCO_IOUS}} */
  iou?: number | readonly number[];
  /** The best found boxes of each class and image that count. @default {100} */
  limit?: number;
  /** The least and the largest area, in pixels, of things that count. @default {all} */
  area?: readonly [least: number, most: number];
  /** The only class that counts. @default {all, in the mean} */
  label?: number;
}

/** COCO's ten thresholds: 0.50, 0.55, …, 0.95. */
export const COCO_IOUS: readonly number[] = Array.from(
  { length: 10 },
  (_, i) => Math.round(50 + 5 * i) / 100,
);

/** The found boxes of one class in one image at one threshold: the score of each, and whether it is right (1), wrong (0) or neither (−1). */
interface Matches {
  scores: number[];
  right: Int8Array[]; // one for each threshold
  present: number; // true boxes that count
}

/** Pairs the found boxes of a class with its true ones, as COCO does: each takes, best first, the free box that it covers best. */
function match(
  found: readonly FoundBox[],
  truth: readonly TrueBox[],
  ious: readonly number[],
  limit: number,
  [least, most]: readonly [number, number],
): Matches {
  const areaOf = ([left, top, right, bottom]: Box) => (right - left) * (bottom - top);
  const outside = (area: number) => area < least || area > most;
  const sorted = truth
    .map((one) => ({
      ...one,
      ignored: Boolean(one.crowd) || outside(one.area ?? areaOf(one.box)),
    }))
    .sort((a, b) => Number(a.ignored) - Number(b.ignored)); // those that count come first
  const best = found.toSorted((a, b) => b.score - a.score).slice(0, limit);
  const shares = best.map(({ box }) =>
    sorted.map((one) => one.crowd ? boxCover(box, one.box) : boxIou(box, one.box))
  );
  const right = ious.map((threshold) => {
    const taken = new Set<number>();
    return Int8Array.from(best, (one, d) => {
      let [closest, share] = [-1, Math.min(threshold, 1 - 1e-10)];
      for (const [g, thing] of sorted.entries()) {
        if (taken.has(g) && !thing.crowd) continue;
        if (closest >= 0 && !sorted[closest]!.ignored && thing.ignored) break;
        if (shares[d]![g]! < share) continue;
        [closest, share] = [g, shares[d]![g]!];
      }
      if (closest < 0) return outside(areaOf(one.box)) ? -1 : 0;
      taken.add(closest);
      return sorted[closest]!.ignored ? -1 : 1;
    });
  });
  return {
    scores: best.map(({ score }) => score),
    right,
    present: sorted.filter(({ ignored }) => !ignored).length,
  };
}

/** A curve of one class at one threshold. */
interface Curve {
  precision: number[];
  recall: number[];
}

/** The curve of the found boxes of all images; of equal scores that of the earlier image comes first. */
function curveOf(matches: readonly Matches[], t: number, present: number): Curve {
  const all = matches.flatMap(({ scores, right }) =>
    scores.map((score, i) => ({ score, right: right[t]![i]! }))
  );
  all.sort((a, b) => b.score - a.score);
  const curve: Curve = { precision: [], recall: [] };
  let [hits, misses] = [0, 0];
  for (const { right } of all) {
    if (right === 1) hits++;
    else if (right === 0) misses++;
    curve.precision.push(hits + misses > 0 ? hits / (hits + misses) : 0);
    curve.recall.push(hits / present);
  }
  return curve;
}

/** The mean precision at the recalls 0, 0.01, …, 1, each the best that a recall of at least so much allows. */
function areaUnder({ precision, recall }: Curve): number {
  const best = precision.slice();
  for (let i = best.length - 2; i >= 0; i--) best[i] = Math.max(best[i]!, best[i + 1]!);
  let [sum, at] = [0, 0];
  for (let step = 0; step <= 100; step++) {
    const wanted = step < 100 ? step * 0.01 : 1; // as NumPy counts them
    while (at < recall.length && recall[at]! < wanted) at++;
    sum += best[at] ?? 0;
  }
  return sum / 101;
}

/** Makes a metric that is a mean, over classes and thresholds, of something about a curve. */
function overCurves(
  name: string,
  { iou = COCO_IOUS, limit = 100, area = [0, 1e10], label }: DetectionOptions,
  measure: (curve: Curve) => number,
): Metric<DetectionRow> {
  const ious = typeof iou === "number" ? [iou] : iou;
  if (ious.length === 0 || !ious.every((value) => value > 0 && value <= 1) || !(limit >= 1)) {
    throw new RangeError(
      `Cannot measure ${name} as iou must lie between 0 and 1 and limit be at least 1: current values are ${ious} and ${limit}`,
    );
  }
  // what an image adds is the same however often it is drawn
  const known = new WeakMap<
    readonly FoundBox[],
    WeakMap<readonly TrueBox[], Map<number, Matches>>
  >();
  const matchesOf = (found: readonly FoundBox[], truth: readonly TrueBox[]) => {
    const ofFound = known.get(found) ?? new WeakMap();
    known.set(found, ofFound);
    const ready: Map<number, Matches> | undefined = ofFound.get(truth);
    if (ready) return ready;
    const made = new Map<number, Matches>();
    for (const k of new Set([...found, ...truth].map((one) => one.label))) {
      if (label !== undefined && k !== label) continue;
      const mine = (one: { label: number }) => one.label === k;
      made.set(k, match(found.filter(mine), truth.filter(mine), ious, limit, area));
    }
    ofFound.set(truth, made);
    return made;
  };
  return (found, truth) => {
    const length = lengthOf(name, [found, truth]);
    const classes = new Map<number, Matches[]>();
    for (let i = 0; i < length; i++) {
      for (const [k, matches] of matchesOf(found[i]!, truth[i]!)) {
        const of = classes.get(k);
        if (of) of.push(matches);
        else classes.set(k, [matches]);
      }
    }
    let [sum, count] = [0, 0];
    for (const matches of classes.values()) {
      const present = matches.reduce((all, one) => all + one.present, 0);
      if (present === 0) continue; // a class that is nowhere has no precision
      for (const t of ious.keys()) sum += measure(curveOf(matches, t, present));
      count += ious.length;
    }
    if (count === 0) {
      throw new RangeError(`Cannot measure ${name} as no image has a true box that counts`);
    }
    return sum / count;
  };
}

/**
 * Makes the mean average precision of found boxes, COCO's way: for each class and each IoU threshold the mean of the precision
 * at 101 recalls, then the mean of these.
 *
 * A found box is right if its IoU with a true box of its class that no better one has taken is at least the threshold.
 *
 * @example
 * ```ts
 * import { boxAveragePrecision, type FoundBox, type TrueBox } from "@tome/tome/metrics";
 *
 * const truth: TrueBox[] = [{ box: [0, 0, 10, 10], label: 3 }];
 * const found: FoundBox[] = [{ box: [1, 0, 10, 10], label: 3, score: 0.9 }];
 * console.assert(boxAveragePrecision({ iou: 0.5 })([found], [truth]) > 0.999); // one image
 * ```
 * @param options Thresholds and what counts. `{ iou: 0.5 }` gives PASCAL VOC's mAP@0.5 with COCO's interpolation.
 * @returns A metric of columns of found and of true boxes, one array an image.
 * @throws {RangeError} If an option is out of range.
 * @see Lin et al., 2014, "Microsoft COCO: Common Objects in Context", https://arxiv.org/abs/1405.0312
 */
export function boxAveragePrecision(options: DetectionOptions = {}): Metric<DetectionRow> {
  return overCurves("average precision", options, areaUnder);
}

/**
 * Makes the average recall of found boxes, COCO's way: the mean, over classes and IoU thresholds, of the share of true boxes
 * that were found.
 *
 * @param options Thresholds and what counts; `limit` is COCO's maximum of detections.
 * @returns A metric of columns of found and of true boxes, one array an image.
 * @throws {RangeError} If an option is out of range.
 */
export function boxAverageRecall(options: DetectionOptions = {}): Metric<DetectionRow> {
  return overCurves("average recall", options, ({ recall }) => recall.at(-1) ?? 0);
}
