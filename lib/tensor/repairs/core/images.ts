import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";
import { runKernel, setGradient } from "./gradient.ts";

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

/** One axis of a resize as a matrix, `[output, input]`; its transpose is the gradient. */
function resizeMatrix(input: number, output: number, kernel: string): tf.Tensor2D {
  const weights = new Float32Array(output * input);
  for (let i = 0; i < output; i++) {
    // half-pixel centres: pixel i covers [i, i + 1)
    const at = (i + 0.5) * input / output;
    if (kernel === "ResizeNearestNeighbor") {
      weights[i * input + Math.min(input - 1, Math.floor(at))]! += 1;
      continue;
    }
    const from = Math.max(0, at - 0.5);
    const low = Math.min(input - 1, Math.floor(from));
    const high = Math.min(input - 1, Math.ceil(from));
    weights[i * input + low]! += 1 - (from - low);
    weights[i * input + high]! += from - low;
  }
  return tf.tensor2d(weights, [output, input]);
}

/** C20: the gradients of resizeBilinear and resizeNearestNeighbor ignore half-pixel centres. */
export function repairResizeGradients(): void {
  for (const kernel of ["ResizeBilinear", "ResizeNearestNeighbor"]) {
    setGradient<[Tensor], ResizeAttrs>(kernel, { inputs: ["images"] }, (dy, [images], attrs) => ({
      images: () => {
        if (!attrs.halfPixelCenters) return runKernel(`${kernel}Grad`, { dy, images }, attrs);
        const [B, Y, X, C] = images.shape as [number, number, number, number];
        const [y, x] = dy.shape.slice(1, 3) as [number, number];
        const rows = tf.matMul(resizeMatrix(Y, y, kernel), tf.reshape(dy, [B, y, x * C]), true);
        const columns = tf.reshape(rows, [B * Y, x, C]);
        return tf.reshape(tf.matMul(resizeMatrix(X, x, kernel), columns, true), [B, Y, X, C]);
      },
    }));
  }
}

interface CropAttrs {
  method: "bilinear" | "nearest";
  cropSize: [number, number];
}

/**
 * Where the samples of each box lie along one axis, as weights of the pixels, `[N, crop, length]`.
 *
 * A sample outside the image has no weights at all.
 */
function cropWeights(
  low: Tensor,
  high: Tensor,
  crop: number,
  length: number,
  method: CropAttrs["method"],
): Tensor {
  const start = tf.mul(tf.expandDims(low, 1), length - 1); // [N, 1]
  const end = tf.mul(tf.expandDims(high, 1), length - 1);
  const at = crop > 1
    ? tf.add(start, tf.mul(tf.sub(end, start), tf.div(tf.range(0, crop), crop - 1)))
    : tf.mul(tf.add(start, end), 0.5); // [N, crop]
  const inside = tf.logicalAnd(tf.greaterEqual(at, 0), tf.lessEqual(at, length - 1));
  const pixel = tf.range(0, length);
  const nearest = tf.floor(tf.add(at, 0.5)); // as Math.round
  const weights = method === "bilinear"
    ? tf.relu(tf.sub(1, tf.abs(tf.sub(tf.expandDims(at, 2), pixel))))
    : tf.cast(tf.equal(tf.expandDims(nearest, 2), pixel), "float32");
  return tf.mul(weights, tf.cast(tf.expandDims(inside, 2), "float32"));
}

/** C8: cropAndResize has no gradient; the image now has one, the boxes an error that says so. */
export function addCropAndResizeGradient(): void {
  setGradient<[Tensor, Tensor, Tensor], CropAttrs>(
    "CropAndResize",
    { inputs: ["image", "boxes", "boxInd"] },
    (dy, [image, boxes, boxInd], { method, cropSize }) => ({
      image: () => {
        const [B, Y, X, C] = image.shape as [number, number, number, number];
        const [N] = boxes.shape as [number];
        const [crY, crX] = cropSize;
        const [y1, x1, y2, x2] = tf.unstack(boxes, 1) as [Tensor, Tensor, Tensor, Tensor];
        const ofRows = cropWeights(y1, y2, crY, Y, method); // [N, crY, Y]
        const ofColumns = cropWeights(x1, x2, crX, X, method); // [N, crX, X]
        const rows = tf.matMul(ofRows, tf.reshape(dy, [N, crY, crX * C]), true); // [N, Y, crX C]
        const moved = tf.transpose(tf.reshape(rows, [N, Y, crX, C]), [0, 2, 1, 3]);
        const cells = tf.matMul(ofColumns, tf.reshape(moved, [N, crX, Y * C]), true); // [N, X, Y C]
        const perBox = tf.transpose(tf.reshape(cells, [N, X, Y, C]), [0, 2, 1, 3]);
        return tf.unsortedSegmentSum(perBox, boxInd as tf.Tensor1D, B);
      },
      boxes: () => {
        throw new TypeError(
          "Cannot differentiate cropAndResize by its boxes as that gradient is not defined; " +
            "keep them out of what is differentiated",
        );
      },
      boxInd: () => tf.zeros(boxInd.shape),
    }),
  );
}

/** C8: the backward pass of resizeBilinear is linear; its own gradient is the forward pass. */
export function addResizeGradGradients(): void {
  for (const kernel of ["ResizeBilinear", "ResizeNearestNeighbor"]) {
    setGradient<[Tensor, Tensor], ResizeAttrs>(
      `${kernel}Grad`,
      { inputs: ["images", "dy"] },
      (ddx, [images, dy], { alignCorners }) => ({
        images: () => tf.zeros(images.shape),
        dy: () =>
          runKernel(kernel, { images: ddx }, {
            alignCorners,
            halfPixelCenters: false,
            size: dy.shape.slice(1, 3),
          }),
      }),
    );
  }
}
