import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../types.ts";
import { setGradient, setGradientOfMany, zeros } from "./gradient.ts";

const int = (n: number) => tf.scalar(n, "int32");

/** Rows of `x` by index, and zeros where the index is out of range. */
function gatherOrZero(x: Tensor, indices: Tensor): Tensor {
  const length = x.shape[0]!;
  const inRange = tf.logicalAnd(
    tf.greaterEqual(indices, int(0)),
    tf.less(indices, int(length)),
  );
  const near = tf.minimum(tf.maximum(indices, int(0)), int(length - 1));
  const mask = tf.reshape(tf.cast(inRange, "float32"), [
    ...indices.shape,
    ...x.shape.slice(1).map(() => 1),
  ]);
  return tf.mul(tf.gather(x, near as tf.Tensor1D), mask);
}

function segmentSum(rows: Tensor, ids: Tensor, count: number): Tensor {
  return tf.unsortedSegmentSum(rows, ids as tf.Tensor1D, count);
}

/** C8: the gradient of gather is wrong or throws with batchDims, and passes an int32 gradient to the indices. */
export function repairGatherGradient(): void {
  setGradient<[Tensor, Tensor], { axis: number; batchDims: number }>(
    "GatherV2",
    { inputs: ["x", "indices"] },
    (dy, [x, indices], { axis, batchDims = 0 }) => ({
      x: () => {
        const along = axis < 0 ? axis + x.rank : axis;
        const batch = sizeOf(x.shape.slice(0, batchDims));
        const outer = sizeOf(x.shape.slice(batchDims, along));
        const length = x.shape[along]!;
        const inner = sizeOf(x.shape.slice(along + 1));
        const perBatch = sizeOf(indices.shape.slice(batchDims));

        let rows = dy;
        if (outer > 1) {
          rows = tf.transpose(tf.reshape(dy, [batch, outer, perBatch, inner]), [0, 2, 1, 3]);
        }
        rows = tf.reshape(rows, [batch * perBatch, outer * inner]);
        let ids = tf.reshape(indices, [batch, perBatch]);
        if (batch > 1) {
          const start = tf.range(0, batch * length, length, "int32");
          ids = tf.add(ids, tf.reshape(start, [batch, 1]));
        }
        const sums = segmentSum(rows, tf.reshape(ids, [-1]), batch * length);
        if (outer === 1) return tf.reshape(sums, x.shape);
        const parts = tf.reshape(sums, [batch, length, outer, inner]);
        return tf.reshape(tf.transpose(parts, [0, 2, 1, 3]), x.shape);
      },
      indices: zeros(indices),
    }),
  );
}

/** C8: the gradient of unsortedSegmentSum throws if an id is past the last segment, and the ids have none. */
export function repairSegmentSumGradient(): void {
  setGradient<[Tensor]>("UnsortedSegmentSum", { inputs: ["segmentIds"] }, (dy, [ids]) => ({
    x: () => gatherOrZero(dy, ids),
    segmentIds: zeros(ids),
  }));
}

/** C7: gatherND and scatterND have no gradient; each is that of the other. */
export function addGatherNDGradients(): void {
  setGradient<[Tensor, Tensor]>(
    "GatherNd",
    { inputs: ["params", "indices"] },
    (dy, [params, indices]) => ({
      params: () => tf.scatterND(indices, dy, params.shape as tf.ShapeMap[tf.Rank]),
      indices: zeros(indices),
    }),
  );
  setGradient<[Tensor]>("ScatterNd", { inputs: ["indices"] }, (dy, [indices]) => ({
    updates: () => tf.gatherND(dy, indices),
    indices: zeros(indices),
  }));
}

/** C8: tensorScatterUpdate has no gradient. If an index is given twice, both updates receive its gradient. */
export function addTensorScatterUpdateGradient(): void {
  setGradient<[Tensor, Tensor]>(
    "TensorScatterUpdate",
    { inputs: ["indices", "updates"] },
    (dy, [indices, updates]) => ({
      tensor: () => tf.tensorScatterUpdate(dy, indices, tf.zeros(updates.shape)),
      updates: () => tf.gatherND(dy, indices),
      indices: zeros(indices),
    }),
  );
}

/** C8: sparseToDense has no gradient. */
export function addSparseToDenseGradient(): void {
  setGradient<[Tensor, Tensor, Tensor], { outputShape: number[] }>(
    "SparseToDense",
    { inputs: ["sparseIndices", "sparseValues", "defaultValue"] },
    (dy, [indices, values, fallback], { outputShape }) => {
      const points = () => tf.reshape(indices, [-1, outputShape.length]);
      return {
        sparseIndices: zeros(indices),
        sparseValues: () => {
          const g = tf.gatherND(dy, points());
          return values.rank === 0 ? tf.sum(g) : tf.reshape(g, values.shape);
        },
        defaultValue: () => {
          const at = points();
          const count = at.shape[0]!;
          const untouched = tf.tensorScatterUpdate(tf.ones(outputShape), at, tf.zeros([count]));
          return tf.reshape(tf.sum(tf.mul(dy, untouched)), fallback.shape);
        },
      };
    },
  );
}

/** C8: the values of topk have no gradient. */
export function addTopKGradient(): void {
  setGradientOfMany<[Tensor, Tensor]>(
    "TopK",
    { inputs: ["x"], outputs: [false, true] },
    ([dy], [x, indices]) => ({
      x: () => {
        const length = x.shape.at(-1)!;
        const rows = x.size / length;
        const start = tf.reshape(tf.range(0, rows * length, length, "int32"), [rows, 1]);
        const cells = tf.add(tf.reshape(indices, [rows, -1]), start);
        const g = segmentSum(tf.reshape(dy!, [-1]), tf.reshape(cells, [-1]), x.size);
        return tf.reshape(g, x.shape);
      },
    }),
  );
}

/** C8: sparseSegmentSum and sparseSegmentMean have no gradient. */
export function addSparseSegmentGradients(): void {
  for (const kernel of ["SparseSegmentSum", "SparseSegmentMean"]) {
    setGradient<[Tensor, Tensor, Tensor]>(
      kernel,
      { inputs: ["data", "indices", "segmentIds"] },
      (dy, [data, indices, ids]) => ({
        data: () => {
          let g = dy;
          if (kernel === "SparseSegmentMean") {
            const counts = segmentSum(tf.ones(ids.shape), ids, dy.shape[0]!);
            g = tf.div(dy, tf.reshape(counts, [-1, ...dy.shape.slice(1).map(() => 1)]));
          }
          return segmentSum(tf.gather(g, ids), indices, data.shape[0]!);
        },
        indices: zeros(indices),
        segmentIds: zeros(ids),
      }),
    );
  }
}

/** C8: the weights of bincount and denseBincount have no gradient. */
export function addBincountGradients(): void {
  for (const kernel of ["Bincount", "DenseBincount"]) {
    setGradient<[Tensor, Tensor], { binaryOutput?: boolean; size: number }>(
      kernel,
      { inputs: ["x", "weights"] },
      (dy, [x, weights], { binaryOutput, size }) => ({
        x: zeros(x),
        weights: () => {
          if (weights.size === 0 || binaryOutput) return tf.zeros(weights.shape);
          if (dy.rank === 1) return tf.reshape(gatherOrZero(dy, x), weights.shape);
          const hits = tf.oneHot(x as tf.Tensor1D, size); // [B, N, size]
          return tf.sum(tf.mul(tf.cast(hits, "float32"), tf.expandDims(dy, 1)), -1);
        },
      }),
    );
  }
}
