import * as tf from "../../../lib/tensor/_tf.ts";
import type { Tensor } from "@tome/tome/tensor";
import { type Case, NO_GRADIENT, normal, show, uniform, values } from "../case.ts";
import { at, build, type Nd, nd } from "../oracle/nd.ts";

type Shape = readonly number[];
const cases: Case[] = [];

/** Where an output pixel looks in the input. */
function source(i: number, out: number, length: number, align: boolean, half: boolean): number {
  if (align && out > 1) return i * (length - 1) / (out - 1);
  return half ? (i + 0.5) * length / out - 0.5 : i * length / out;
}

function bilinear(x: Nd, size: readonly [number, number], align: boolean, half: boolean): Nd {
  const [B, Y, X, C] = x.shape as [number, number, number, number];
  return build([B, ...size, C], ([b, i, j, c]) => {
    const y = source(i!, size[0], Y, align, half), z = source(j!, size[1], X, align, half);
    const [y0, x0] = [Math.max(Math.floor(y), 0), Math.max(Math.floor(z), 0)];
    const [y1, x1] = [Math.min(Math.ceil(y), Y - 1), Math.min(Math.ceil(z), X - 1)];
    const [fy, fx] = [y - Math.floor(y), z - Math.floor(z)];
    const top = at(x, [b!, y0, x0, c!]) * (1 - fx) + at(x, [b!, y0, x1, c!]) * fx;
    const low = at(x, [b!, y1, x0, c!]) * (1 - fx) + at(x, [b!, y1, x1, c!]) * fx;
    return top * (1 - fy) + low * fy;
  });
}
function nearest(x: Nd, size: readonly [number, number], align: boolean, half: boolean): Nd {
  const [B, Y, X, C] = x.shape as [number, number, number, number];
  const place = (i: number, out: number, length: number) => {
    const s = half ? (i + 0.5) * length / out : source(i, out, length, align, false);
    return Math.max(Math.min(align ? Math.round(s) : Math.floor(s), length - 1), 0);
  };
  return build(
    [B, ...size, C],
    ([b, i, j, c]) => at(x, [b!, place(i!, size[0], Y), place(j!, size[1], X), c!]),
  );
}

for (
  const [shape, size] of [[[1, 2, 2, 1], [4, 4]], [[2, 2, 3, 2], [4, 6]], [[2, 3, 5, 3], [5, 4]], [[
    1,
    4,
    4,
    4,
  ], [2, 2]]] as [Shape, [number, number]][]
) {
  for (const [align, half] of [[false, false], [true, false], [false, true]] as const) {
    const name = `${show(shape)} to ${show(size)}${align ? " corners aligned" : ""}${
      half ? " half-pixel centres" : ""
    }`;
    cases.push({
      name: `resizeBilinear ${name}`,
      inputs: [normal(shape)],
      run: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, size, align, half),
      reference: (x) => bilinear(x, size, align, half),
    });
    cases.push({
      name: `resizeNearestNeighbor ${name}`,
      inputs: [normal(shape)],
      run: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, align, half),
      reference: (x) => nearest(x, size, align, half),
    });
  }
}

cases.push(
  {
    name: "upsampling by 2 then a weighted sum [2,2,2,1]",
    inputs: [normal([2, 2, 2, 1])],
    run: (x) =>
      tf.mul(
        tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 4]),
        tf.reshape(tf.range(0, 32), [2, 4, 4, 1]),
      ),
    reference: (x) => {
      const y = nearest(x, [4, 4], false, false);
      return { ...y, data: y.data.map((v, i) => v * i) };
    },
  },
  {
    name: "flipLeftRight [2,3,4,2]",
    inputs: [normal([2, 3, 4, 2])],
    run: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
    reference: (x) => build(x.shape, ([b, i, j, c]) => at(x, [b!, i!, 3 - j!, c!])),
    gradient: false,
    why: NO_GRADIENT.inference,
  },
  {
    name: "grayscaleToRGB [2,3,3,1]",
    inputs: [normal([2, 3, 3, 1])],
    run: (x) => tf.image.grayscaleToRGB(x as tf.Tensor4D),
    reference: (x) => build([2, 3, 3, 3], ([b, i, j]) => at(x, [b!, i!, j!, 0])),
  },
  {
    name: "rgbToGrayscale [2,3,3,3]",
    inputs: [normal([2, 3, 3, 3])],
    run: (x) => tf.image.rgbToGrayscale(x as tf.Tensor4D),
    reference: (x) =>
      build(
        [2, 3, 3, 1],
        ([b, i, j]) =>
          [0.2989, 0.587, 0.114].reduce((s, w, c) => s + w * at(x, [b!, i!, j!, c]), 0),
      ),
  },
  {
    name: "cropAndResize bilinear [2,5,6,2] to 3x3",
    inputs: [
      normal([2, 5, 6, 2]),
      values([3, 4], [0, 0, 1, 1, 0.1, 0.2, 0.7, 0.9, 0.5, 0.5, 1, 0.75]),
      values([3], [0, 1, 0], "int32"),
    ],
    run: (x, boxes, which) =>
      tf.image.cropAndResize(
        x as tf.Tensor4D,
        boxes as tf.Tensor2D,
        which as tf.Tensor1D,
        [3, 3],
        "bilinear",
      ),
    reference: (x, boxes, which) =>
      build([3, 3, 3, 2], ([n, i, j, c]) => {
        const [y1, x1, y2, x2] = boxes.data.slice(n! * 4, n! * 4 + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        const y = y1 * 4 + i! * (y2 - y1) * 4 / 2,
          z = x1 * 5 + j! * (x2 - x1) * 5 / 2,
          b = which.data[n!]!;
        const [fy, fx] = [y - Math.floor(y), z - Math.floor(z)];
        const pixel = (r: number, q: number) => at(x, [b, r, q, c!], 0);
        const top = pixel(Math.floor(y), Math.floor(z)) * (1 - fx) +
          pixel(Math.floor(y), Math.ceil(z)) * fx;
        const low = pixel(Math.ceil(y), Math.floor(z)) * (1 - fx) +
          pixel(Math.ceil(y), Math.ceil(z)) * fx;
        return top * (1 - fy) + low * fy;
      }),
    gradient: [true, false, false],
    why: "the gradient by the boxes is not defined, and says so",
  },
  {
    name: "image.transform by a shift and a scale, nearest [2,4,5,2]",
    inputs: [normal([2, 4, 5, 2]), values([1, 8], [1, 0, 1, 0, 1, 2, 0, 0])],
    run: (x, t) =>
      tf.image.transform(x as tf.Tensor4D, t as tf.Tensor2D, "nearest", "constant", 0.5),
    reference: (x) => build(x.shape, ([b, i, j, c]) => at(x, [b!, i! + 2, j! + 1, c!], 0.5)),
    gradient: false,
    why: NO_GRADIENT.inference,
  },
  {
    name: "image.transform by a fraction, bilinear [1,5,4,1]",
    inputs: [normal([1, 5, 4, 1]), values([1, 8], [0.5, 0, 0.25, 0, 0.5, 0.5, 0, 0])],
    run: (x, t) =>
      tf.image.transform(x as tf.Tensor4D, t as tf.Tensor2D, "bilinear", "constant", 0),
    reference: (x) =>
      build(x.shape, ([b, i, j, c]) => {
        const y = 0.5 * i! + 0.5,
          z = 0.5 * j! + 0.25,
          fy = y - Math.floor(y),
          fx = z - Math.floor(z);
        const pixel = (r: number, q: number) => at(x, [b!, r, q, c!], 0);
        const top = pixel(Math.floor(y), Math.floor(z)) * (1 - fx) +
          pixel(Math.floor(y), Math.floor(z) + 1) * fx;
        const low = pixel(Math.floor(y) + 1, Math.floor(z)) * (1 - fx) +
          pixel(Math.floor(y) + 1, Math.floor(z) + 1) * fx;
        return top * (1 - fy) + low * fy;
      }),
    gradient: false,
    why: NO_GRADIENT.inference,
  },
  {
    name: "total variation of an image composed [2,4,5,3]",
    inputs: [normal([2, 4, 5, 3])],
    run: (x) => {
      const d = tf.sub(
        tf.slice(x, [0, 1, 0, 0], [2, 3, 5, 3]),
        tf.slice(x, [0, 0, 0, 0], [2, 3, 5, 3]),
      );
      return tf.sum(tf.square(d), [1, 2, 3]);
    },
    reference: (x) =>
      build([2], ([b]) => {
        let s = 0;
        for (let i = 0; i < 3; i++) {
          for (let k = 0; k < 15; k++) {
            s += (x.data[(b! * 4 + i + 1) * 15 + k]! - x.data[(b! * 4 + i) * 15 + k]!) ** 2;
          }
        }
        return s;
      }),
  },
  {
    name: "normalised image by channel means composed [2,3,3,3]",
    inputs: [uniform([2, 3, 3, 3], 0, 255)],
    run: (x) =>
      tf.div(
        tf.sub(tf.div(x, 255), tf.tensor1d([0.485, 0.456, 0.406])),
        tf.tensor1d([0.229, 0.224, 0.225]),
      ),
    reference: (x) =>
      build(
        x.shape,
        (i) => (at(x, i) / 255 - [0.485, 0.456, 0.406][i[3]!]!) / [0.229, 0.224, 0.225][i[3]!]!,
      ),
  },
  {
    name: "nonMaxSuppression of boxes, one after another [4,4]",
    inputs: [
      values([4, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 2, 1, 3, 0, 2.05, 1, 3]),
      values([4], [0.9, 0.75, 0.6, 0.95]),
    ],
    run: (boxes, scores) =>
      tf.image.nonMaxSuppression(boxes as tf.Tensor2D, scores as tf.Tensor1D, 4, 0.5),
    reference: () => nd([2], [3, 0], "int32"),
    gradient: false,
    why: NO_GRADIENT.whole,
  },
);

for (
  const [name, f] of [
    ["flipLeftRight", (x) => tf.image.flipLeftRight(x as tf.Tensor4D)],
    [
      "image.transform",
      (x) => tf.image.transform(x as tf.Tensor4D, tf.tensor2d([[1, 0, 1, 0, 1, 1, 0, 0]])),
    ],
  ] as [string, (x: Tensor) => Tensor][]
) {
  cases.push({
    name: `the gradient of ${name} says what to do instead [1,3,3,1]`,
    inputs: [normal([1, 3, 3, 1])],
    run: (x) => tf.grad(f)(x),
    expect: "error",
    message: /Cannot differentiate \w+ as .*;/,
  });
}

/** Images: resizing, cropping, colours. */
export const image: Case[] = cases;
