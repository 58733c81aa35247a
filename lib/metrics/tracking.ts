import { type Box, boxIou, linearAssignment } from "../ops/mod.ts";

/** A thing in one frame of a film, with the number that tells it from others in all frames. */
export interface TrackedBox {
  /** Where it is. */
  box: Box;
  /** The number of its track. */
  track: number;
}

/** How found tracks agree with true ones; what {@link trackingReport} gives. */
export interface TrackingReport {
  /** `1 − (misses + false positives + switches) / true boxes`: multiple-object tracking accuracy; it may be below 0. */
  mota: number;
  /** The mean IoU of matched boxes: multiple-object tracking precision. */
  motp: number;
  /** F1 of boxes under the one pairing of true with found tracks that is best over the whole film. */
  idf1: number;
  /** How often a thing was followed on by another track than before. */
  switches: number;
  /** True boxes that nothing found. */
  misses: number;
  /** Found boxes where nothing is. */
  falsePositives: number;
  /** True boxes, of all frames. */
  total: number;
}

/** What a pair that may not be costs: more than all that may. */
const NEVER = 1e6;

/** Pairs boxes of two lists, so that as many as possible overlap enough, and these as well as possible. */
function pair<T extends TrackedBox>(
  truth: readonly T[],
  found: readonly T[],
  least: number,
): [number, number, number][] {
  if (truth.length === 0 || found.length === 0) return [];
  const shares = truth.map((a) => found.map((b) => boxIou(a.box, b.box)));
  const columns = linearAssignment(
    shares.map((row) => row.map((share) => share >= least ? 1 - share : NEVER)),
  );
  return columns.flatMap((c, r) =>
    c >= 0 && shares[r]![c]! >= least ? [[r, c, shares[r]![c]!] as [number, number, number]] : []
  );
}

/**
 * Compares found tracks with true ones, frame by frame.
 *
 * A thing stays paired with the track that followed it last while both overlap enough; the rest are paired so that their
 * overlap is greatest. A switch is counted where a thing gets another track than the last one that followed it.
 *
 * @param truth The true boxes, one list a frame.
 * @param found The found boxes, one list a frame.
 * @param options `iou`: what two boxes must overlap at least to be a pair. @default {0.5}
 * @throws {RangeError} If there are other numbers of frames, or no true box.
 * @see Bernardin and Stiefelhagen, 2008, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics",
 *   https://doi.org/10.1155/2008/246309
 * @see Ristani et al., 2016, "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking",
 *   https://arxiv.org/abs/1609.01775, for IDF1
 */
export function trackingReport(
  truth: readonly (readonly TrackedBox[])[],
  found: readonly (readonly TrackedBox[])[],
  { iou = 0.5 }: { iou?: number } = {},
): TrackingReport {
  const total = truth.reduce((sum, frame) => sum + frame.length, 0);
  if (truth.length !== found.length || total === 0) {
    throw new RangeError(
      `Cannot compare tracks as both must have one list a frame, with a true box somewhere: current numbers are ${truth.length} and ${found.length} frames with ${total} true boxes`,
    );
  }
  const last = new Map<number, number>(); // the track that followed each thing last
  let [matched, shares, switches, falsePositives] = [0, 0, 0, 0];
  for (const [t, things] of truth.entries()) {
    const boxes = found[t]!;
    const pairs: [number, number, number][] = [];
    for (const [r, thing] of things.entries()) {
      const c = boxes.findIndex(({ track }) => track === last.get(thing.track));
      const share = c >= 0 ? boxIou(thing.box, boxes[c]!.box) : 0;
      if (share >= iou && !pairs.some(([, column]) => column === c)) pairs.push([r, c, share]);
    }
    const rows = [...things.keys()].filter((r) => !pairs.some(([row]) => row === r));
    const columns = [...boxes.keys()].filter((c) => !pairs.some(([, column]) => column === c));
    for (
      const [r, c, share] of pair(rows.map((r) => things[r]!), columns.map((c) => boxes[c]!), iou)
    ) pairs.push([rows[r]!, columns[c]!, share]);
    for (const [r, c, share] of pairs) {
      const [thing, track] = [things[r]!.track, boxes[c]!.track];
      if (last.has(thing) && last.get(thing) !== track) switches++;
      last.set(thing, track);
      shares += share;
    }
    matched += pairs.length;
    falsePositives += boxes.length - pairs.length;
  }
  const misses = total - matched;
  return {
    mota: 1 - (misses + falsePositives + switches) / total,
    motp: matched > 0 ? shares / matched : 0,
    idf1: identityF1(truth, found, iou),
    switches,
    misses,
    falsePositives,
    total,
  };
}

/** `2 · boxes of paired tracks that agree / (true boxes + found boxes)`, with the pairing of tracks that makes it greatest. */
function identityF1(
  truth: readonly (readonly TrackedBox[])[],
  found: readonly (readonly TrackedBox[])[],
  iou: number,
): number {
  const [rows, columns] = [truth, found].map((film) => [
    ...new Set(film.flatMap((frame) => frame.map(({ track }) => track))),
  ]) as [number[], number[]];
  const boxes = [truth, found].reduce((sum, film) => sum + film.flat().length, 0);
  if (rows.length === 0 || columns.length === 0) return 0;
  const together = rows.map(() => new Float64Array(columns.length));
  for (const [t, things] of truth.entries()) {
    for (const a of things) {
      for (const b of found[t]!) {
        if (boxIou(a.box, b.box) >= iou) {
          together[rows.indexOf(a.track)]![columns.indexOf(b.track)]!++;
        }
      }
    }
  }
  const pairs = linearAssignment(together.map((row) => row.map((count) => -count)));
  const agreeing = pairs.reduce((sum, c, r) => sum + (c >= 0 ? together[r]![c]! : 0), 0);
  return 2 * agreeing / boxes;
}
