/** A rectangle in an image, in pixels: its left, upper, right and lower edge; columns grow to the right, rows downwards. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Two boxes beside each other. */
function overlap(a: Box, b: Box): { shared: number; first: number; second: number } {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return {
    shared: Math.max(0, width) * Math.max(0, height),
    first: (a[2] - a[0]) * (a[3] - a[1]),
    second: (b[2] - b[0]) * (b[3] - b[1]),
  };
}

/**
 * How well two boxes agree: the area that both cover, divided by the area that either covers (Jaccard's index).
 *
 * `IoU = |a ∩ b| / |a ∪ b|`, and 0 for two boxes without area.
 *
 * @example
 * ```ts
 * import { boxIou } from "@tome/tome/ops";
 *
 * console.assert(boxIou([0, 0, 2, 2], [1, 0, 3, 2]) === 1 / 3);
 * ```
 */
export function boxIou(a: Box, b: Box): number {
  const { shared, first, second } = overlap(a, b);
  return shared > 0 ? shared / (first + second - shared) : 0;
}

/** The share of box `a` that lies inside box `b`; COCO's measure beside a crowd. */
export function boxCover(a: Box, b: Box): number {
  const { shared, first } = overlap(a, b);
  return shared > 0 ? shared / first : 0;
}

/** How {@link nonMaxSuppression} chooses. */
export interface SuppressionOptions {
  /** Boxes whose IoU with a better one is above this are left out. @default {0.5} */
  iou?: number;
  /** The class of each box; boxes of different classes leave each other alone. @default {all of one class} */
  labels?: ArrayLike<number>;
}

/**
 * Leaves out boxes that say again what a better one has said: the best is kept, all that overlap it go, and so on.
 *
 * @param boxes The boxes.
 * @param scores How sure each is; of equal ones the first is better.
 * @param options How much overlap is too much, and classes.
 * @returns The places of the boxes that are kept, the best first.
 * @throws {RangeError} If there are other numbers of scores or labels than of boxes.
 */
export function nonMaxSuppression(
  boxes: readonly Box[],
  scores: ArrayLike<number>,
  { iou = 0.5, labels }: SuppressionOptions = {},
): number[] {
  if (scores.length !== boxes.length || (labels && labels.length !== boxes.length)) {
    throw new RangeError(
      `Cannot suppress boxes as each must have a score, and a label where there are any: current numbers are ${boxes.length} boxes, ${scores.length} scores${
        labels ? ` and ${labels.length} labels` : ""
      }`,
    );
  }
  const order = boxes.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const kept: number[] = [];
  for (const i of order) {
    const rival = (k: number) =>
      (!labels || labels[k] === labels[i]) && boxIou(boxes[k]!, boxes[i]!) > iou;
    if (!kept.some(rival)) kept.push(i);
  }
  return kept;
}
