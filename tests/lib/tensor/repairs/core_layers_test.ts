import { Rng, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { assertClose, assertGradient } from "../../../_support/numeric.ts";

/** Distinct numbers of both signs, at least 0.1 from 0 and from each other, in a fixed disorder. */
function mixed(shape: number[], seed = 1): Tensor {
  const size = shape.reduce((n, length) => n * length, 1);
  const values = Array.from({ length: size }, (_, i) => 0.15 * (i % 2 ? i + 1 : -i - 1));
  return tf.tensor(new Rng(seed).shuffle(values), shape);
}

/** The gradient of the sum of `f`. */
function slope(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return tf.grad((y: Tensor) => tf.sum(f(y)))(x);
}

testOnDevices("avgPool() shares the gradient among the cells of the input (C1)", async () => {
  const x = tf.ones([1, 3, 3, 1]) as tf.Tensor4D;
  const g = slope((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, "same"), x);
  await assertClose(g, [.25, .25, .5, .25, .25, .5, .5, .5, 1]);
  await assertGradient(
    (x) => tf.avgPool(x as tf.Tensor4D, [3, 2], [2, 1], "same"),
    [mixed([1, 4, 3, 1])],
  );
  await assertGradient(
    (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 1),
    [mixed([1, 3, 3, 2])],
  );
  await assertGradient(
    (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 0, "ceil"),
    [mixed([1, 3, 3, 1])],
  );
});

testOnDevices("avgPool3d() shares the gradient among the cells of the input (C1)", async () => {
  await assertGradient(
    (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, "same"),
    [mixed([1, 3, 2, 3, 1])],
  );
});

testOnDevices("conv2d() with a dilation is differentiable (C8)", async () => {
  const cases: ["same" | "valid" | number, [number, number]][] = [
    ["valid", [2, 1]],
    ["same", [1, 2]],
    ["same", [2, 2]],
    [1, [2, 1]],
  ];
  for (const [pad, dilations] of cases) {
    await assertGradient(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad, "NHWC", dilations),
      [mixed([1, 4, 3, 2], 1), mixed([2, 2, 2, 2], 2)],
    );
  }
  await assertGradient(
    (x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 1, "same", "NWC", 3),
    [mixed([1, 5, 2], 1), mixed([2, 2, 2], 2)],
  );
});

testOnDevices("depthwiseConv2d() with a dilation is differentiable (C8)", async () => {
  for (const pad of ["valid", "same"] as const) {
    await assertGradient(
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad, "NHWC", [2, 2]),
      [mixed([1, 4, 3, 2], 1), mixed([2, 2, 2, 1], 2)],
    );
  }
  await assertGradient(
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same", "NHWC", [1, 2]),
    [mixed([1, 2, 3, 2], 1), mixed([1, 2, 2, 2], 2)],
  );
});

testOnDevices("batchNorm() without a scale or an offset is differentiable (C8)", async () => {
  const f = (x: Tensor, m: Tensor, v: Tensor, ...rest: Tensor[]) =>
    tf.batchNorm(x, m as tf.Tensor1D, tf.square(v) as tf.Tensor1D, ...rest as tf.Tensor1D[]);
  const [x, m, v] = [mixed([3, 2], 1), mixed([2], 2), tf.tensor1d([1, 2])];
  await assertGradient((x, m, v) => f(x, m, v), [x, m, v]);
  await assertGradient((x, m, v, b) => f(x, m, v, b!), [x, m, v, mixed([2], 3)]);
  const moments = tf.tensor4d([1, 2], [1, 1, 1, 2]);
  await assertGradient(
    (x, m) => tf.batchNorm(x as tf.Tensor4D, m as tf.Tensor4D, moments as tf.Tensor4D),
    [mixed([2, 1, 2, 2], 1), mixed([1, 1, 1, 2], 2)],
  );
  await assertGradient((x, m, v, b, s) => f(x, m, v, b!, s!), [
    x,
    m,
    v,
    mixed([2], 3),
    mixed([2], 4),
  ]);
});

testOnDevices("conv3dTranspose() is differentiable (C8)", async () => {
  await assertGradient(
    (x, w) =>
      tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [1, 4, 2, 2, 2], [2, 1, 1], "same"),
    [mixed([1, 2, 2, 2, 1], 1), mixed([2, 1, 2, 2, 1], 2)],
  );
});

testOnDevices("conv2d() has a second derivative (C8)", async () => {
  const f = (x: Tensor, w: Tensor) =>
    slope((w) => tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same")), w);
  // the second derivative by hand: the filter's gradient is a product of x and of the output's gradient
  const direct = (x: Tensor, w: Tensor) => {
    const dy = tf.mul(2, tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"));
    return tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, {
      strides: 1,
      pad: "same",
      dataFormat: "NHWC",
      filterShape: w.shape,
    }) as Tensor;
  };
  const inputs = [mixed([1, 3, 2, 1], 1), mixed([2, 2, 1, 1], 2)] as const;
  await assertClose(direct(...inputs), f(...inputs));
  await assertGradient((x, w) => direct(x, w), [...inputs]);
});

testOnDevices("diag() and maxPoolWithArgmax() are differentiable (C8)", async (device) => {
  await assertGradient((x) => tf.diag(x), [mixed([3])]);
  await assertGradient((x) => tf.diag(x), [mixed([2, 2])]);
  if (device === "webgpu" && !tf.getKernel("MaxPoolWithArgmax", "webgpu")) return;
  for (const batchInIndex of [false, true]) {
    await assertGradient(
      (x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, "same", batchInIndex).result!,
      [mixed([2, 3, 2, 1])],
    );
  }
});

testOnDevices("conv3d() with a dilation is differentiable (C8)", async () => {
  for (const pad of ["valid", "same"] as const) {
    await assertGradient(
      (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, pad, "NDHWC", [1, 2, 2]),
      [mixed([1, 2, 3, 3, 1], 1), mixed([2, 2, 1, 1, 2], 2)],
    );
  }
}, ["cpu"]); // the other devices convolve volumes without dilation only

testOnDevices("the gradients of elu() and of the resizes are differentiable (C8)", async () => {
  const elu = (dy: Tensor, y: Tensor) => tf.engine().runKernel("EluGrad", { dy, y }) as Tensor;
  await assertGradient(elu, [mixed([2, 3], 1), tf.tensor2d([[-.9, .5, -.3], [2, -.6, .1]])]);
  for (const kernel of ["ResizeBilinear", "ResizeNearestNeighbor"]) {
    const images = tf.zeros([1, 2, 3, 1]);
    const attrs = { alignCorners: false, halfPixelCenters: false, size: [4, 5] };
    await assertGradient(
      (dy) => tf.engine().runKernel(`${kernel}Grad`, { images, dy }, attrs) as Tensor,
      [mixed([1, 4, 5, 1])],
    );
  }
});

testOnDevices("cropAndResize() is differentiable by the image (C8)", async () => {
  const boxes = tf.tensor2d([[0, 0, 1, 1], [.2, .6, 1.2, .1]]);
  const index = tf.tensor1d([1, 0], "int32");
  for (const method of ["bilinear", "nearest"] as const) {
    await assertGradient(
      (x) => tf.image.cropAndResize(x as tf.Tensor4D, boxes, index, [3, 2], method),
      [mixed([2, 3, 3, 1])],
    );
  }
});

testOnDevices("maxPool() is differentiable when its output is rounded up (C17)", async () => {
  await assertGradient((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 0, "ceil"), [mixed([1, 3, 3, 1])]);
  await assertGradient((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "same"), [mixed([2, 3, 2, 2])]);
});

testOnDevices("resizes with half-pixel centres are differentiable (C20)", async () => {
  for (const size of [[4, 3], [1, 5], [2, 2]] as [number, number][]) {
    await assertGradient(
      (x) => tf.image.resizeBilinear(x as tf.Tensor4D, size, false, true),
      [mixed([2, 2, 3, 1])],
    );
    await assertGradient(
      (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, false, true),
      [mixed([2, 2, 3, 1])],
    );
  }
});
