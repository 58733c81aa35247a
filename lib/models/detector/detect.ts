import type { FoundBox } from "../../metrics/mod.ts";
import type { ObjectDetector } from "../../nn/mod.ts";
import { type Box, nonMaxSuppression } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Tensor } from "../../tensor/mod.ts";

/** How {@link detectObjects} chooses. */
export interface DetectOptions {
  /** The least score of a box that is given. Measures of detectors want few left out, pictures only the sure ones. @default {0.05} */
  threshold?: number;
  /** The most boxes in an image. @default {100} */
  limit?: number;
  /** Of boxes of one class whose IoU is above this only the best is given. @default {0.5} */
  iou?: number;
}

/**
 * Finds things in images: cells whose chance of a centre is the highest of the 3 × 3 cells around, with their boxes; of boxes that
 * overlap too much the best stays.
 *
 * @param model The detector; its caller puts it into use by `eval()`.
 * @param images `[B, H, W, C]`; they stay the caller's.
 * @param options How sure a box must be, and how many there may be.
 * @returns Of each image the boxes, in pixels and inside the image, the surest first.
 */
export async function detectObjects(
  model: ObjectDetector,
  images: Tensor,
  { threshold = 0.05, limit = 100, iou = 0.5 }: DetectOptions = {},
): Promise<FoundBox[][]> {
  const K = model.numLabels;
  const [, height, width] = images.shape as [number, number, number];
  const cells = tf.tidy(() => model.forward(images)); // [B, Y, X, K + 4]
  const [B, Y, X, N] = cells.shape as [number, number, number, number];
  const values = await cells.data();
  cells.dispose();
  const least = Math.log(threshold / (1 - threshold));
  return Array.from({ length: B }, (_, b) => {
    const at = (y: number, x: number, k: number) => values[((b * Y + y) * X + x) * N + k]!;
    const isPeak = (y: number, x: number, k: number) => {
      for (let v = Math.max(0, y - 1); v <= Math.min(Y - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(X - 1, x + 1); u++) {
          if (at(v, u, k) > at(y, x, k)) return false;
        }
      }
      return true;
    };
    const found: FoundBox[] = [];
    for (let y = 0; y < Y; y++) {
      for (let x = 0; x < X; x++) {
        for (let k = 0; k < K; k++) {
          const logit = at(y, x, k);
          if (logit < least || !isPeak(y, x, k)) continue;
          const [left, top, right, bottom] = [0, 1, 2, 3].map((i) => Math.exp(at(y, x, K + i)));
          const inside = (edge: number, most: number) =>
            Math.min(most, Math.max(0, edge * model.stride));
          const box: Box = [
            inside(x + 0.5 - left!, width),
            inside(y + 0.5 - top!, height),
            inside(x + 0.5 + right!, width),
            inside(y + 0.5 + bottom!, height),
          ];
          found.push({ box, label: k, score: 1 / (1 + Math.exp(-logit)) });
        }
      }
    }
    const kept = nonMaxSuppression(
      found.map(({ box }) => box),
      found.map(({ score }) => score),
      { iou, labels: found.map(({ label }) => label) },
    );
    return kept.slice(0, limit).map((i) => found[i]!);
  });
}
