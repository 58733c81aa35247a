import * as tf from "../../_tf.ts";
import { broadcastShapes, sizeOf } from "../../shape.ts";
import { replace } from "./stock.ts";

/** For each element of `out`, the element of a tensor of shape `own` that broadcasting puts there. */
function broadcastIndices(own: number[], out: number[]): Int32Array {
  const lead = out.length - own.length;
  const strides = out.map((_, axis) =>
    axis < lead || own[axis - lead] === 1 ? 0 : sizeOf(own.slice(axis - lead + 1))
  );
  const indices = new Int32Array(sizeOf(out));
  const place = out.map(() => 0);
  for (let i = 0, at = 0; i < indices.length; i++) {
    indices[i] = at;
    for (let axis = out.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++place[axis]! < out[axis]!) break;
      at -= strides[axis]! * out[axis]!;
      place[axis] = 0;
    }
  }
  return indices;
}

/** M10: a cast to bool keeps 2 and 255, and cuts what does not fit a byte. */
export function repairCastToBool(): void {
  replace<{ dtype: tf.DataType }>("Cast", (stock) => (call) => {
    const { inputs: { x }, attrs, backend } = call;
    if (attrs.dtype !== "bool" || x!.dtype === "complex64") return stock(call);
    const out = backend.makeOutput(x!.shape, "bool");
    const [from, to] = [backend.typedArrayFromHeap(x!), backend.typedArrayFromHeap(out)];
    for (let i = 0; i < to.length; i++) to[i] = from[i] !== 0 ? 1 : 0;
    return out;
  });
}

/** M11: prelu takes alpha for a vector along the last axes, whatever its shape. */
export function repairPrelu(): void {
  replace("Prelu", (stock) => (call) => {
    const { inputs: { x, alpha }, backend } = call;
    const own = alpha!.shape.slice(alpha!.shape.findIndex((length) => length !== 1));
    const isTail = alpha!.shape.length <= x!.shape.length && alpha!.dtype === "float32" &&
      tf.util.arraysEqual(own, x!.shape.slice(x!.shape.length - own.length));
    if (isTail && sizeOf(x!.shape) > 0) return stock(call);
    const shape = broadcastShapes(x!.shape, alpha!.shape);
    const out = backend.makeOutput(shape, "float32");
    const [values, slopes, to] = [x!, alpha!, out].map((t) => backend.typedArrayFromHeap(t));
    const [i, j] = [x!, alpha!].map((t) => broadcastIndices(t.shape, shape));
    for (let k = 0; k < to!.length; k++) {
      const value = values![i![k]!]!;
      to![k] = value < 0 ? value * slopes![j![k]!]! : value;
    }
    return out;
  });
}

/** M12: floorDiv gives int32 on every other device, and a division by 0 must not overflow. */
export function repairFloorDiv(): void {
  replace("FloorDiv", () => ({ inputs: { a, b }, backend }) => {
    const shape = broadcastShapes(a!.shape, b!.shape);
    const out = backend.makeOutput(shape, "int32");
    const [p, q, to] = [a!, b!, out].map((t) => backend.typedArrayFromHeap(t));
    const [i, j] = [a!, b!].map((t) => broadcastIndices(t.shape, shape));
    for (let k = 0; k < to!.length; k++) to![k] = Math.floor(p![i![k]!]! / q![j![k]!]!);
    return out;
  });
}

/** M13: maximum and minimum lose a NaN of the second operand; relu6, clipByValue and sign lose any. */
export function keepNaN(): void {
  for (const name of ["Maximum", "Minimum"]) {
    replace(name, (stock) => (call) => {
      const out = stock(call) as tf.TensorInfo;
      const { inputs: { b }, backend } = call;
      if (b!.dtype !== "float32" || sizeOf(out.shape) === 0) return out;
      const from = backend.typedArrayFromHeap(b!);
      if (!hasNaN(from)) return out;
      const to = backend.typedArrayFromHeap(out);
      const indices = broadcastIndices(b!.shape, out.shape);
      for (let i = 0; i < to.length; i++) if (Number.isNaN(from[indices[i]!]!)) to[i] = NaN;
      return out;
    });
  }
  for (const name of ["Relu6", "ClipByValue", "Sign"]) {
    replace(name, (stock) => (call) => {
      const out = stock(call) as tf.TensorInfo;
      const { inputs: { x }, backend } = call;
      if (x!.dtype !== "float32") return out;
      const [from, to] = [backend.typedArrayFromHeap(x!), backend.typedArrayFromHeap(out)];
      for (let i = 0; i < to.length; i++) if (from[i] !== from[i]) to[i] = NaN;
      return out;
    });
  }
}

function hasNaN(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return true;
  return false;
}

/** M21: sin and log1p lose all digits of small numbers. */
export function repairNearZero(): void {
  const exact = { Sin: Math.sin, Log1p: Math.log1p };
  for (const [name, f] of Object.entries(exact)) {
    replace(name, (stock) => (call) => {
      const out = stock(call) as tf.TensorInfo;
      const { inputs: { x }, backend } = call;
      if (x!.dtype !== "float32") return out;
      const [from, to] = [backend.typedArrayFromHeap(x!), backend.typedArrayFromHeap(out)];
      for (let i = 0; i < to.length; i++) if (Math.abs(from[i]!) < 0.05) to[i] = f(from[i]!);
      return out;
    });
  }
}

/** M14: clipByValue takes the bits of integers for those of floats. */
export function repairClipOfIntegers(): void {
  type Attrs = { clipValueMin: number; clipValueMax: number };
  replace<Attrs>("ClipByValue", (stock) => (call) => {
    const { inputs: { x }, attrs: { clipValueMin, clipValueMax }, backend } = call;
    if (x!.dtype === "float32") return stock(call);
    const out = backend.makeOutput(x!.shape, x!.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x!), backend.typedArrayFromHeap(out)];
    for (let i = 0; i < to.length; i++) {
      to[i] = Math.min(Math.max(from[i]!, clipValueMin), clipValueMax);
    }
    return out;
  });
}

const BINARY = [
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "FloorDiv",
  "Mod",
  "Pow",
  "Maximum",
  "Minimum",
  "SquaredDifference",
  "Atan2",
  "Equal",
  "NotEqual",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalOr",
  "LogicalXor",
];

/** M15: elementwise operations know six axes; here neighbours that broadcast alike become one. */
export function repairHighRanks(): void {
  for (const name of BINARY) {
    replace(name, (stock) => (call) => {
      const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      if (a.shape.length <= 6 && b.shape.length <= 6) return stock(call);
      const shape = broadcastShapes(a.shape, b.shape);
      const [p, q] = mergeAxes(a.shape, b.shape);
      if (p.length > 6) {
        throw new RangeError(
          `Cannot apply ${name} as at most 6 axes may alternate in what they broadcast: ` +
            `current shapes are [${a.shape}] and [${b.shape}]`,
        );
      }
      const inputs = { a: { ...a, shape: p }, b: { ...b, shape: q } };
      return { ...stock({ ...call, inputs }) as tf.TensorInfo, shape };
    });
  }
}

/** Two shapes of equal rank, with neighbouring axes merged where both or only one of the two broadcast. */
function mergeAxes(a: number[], b: number[]): [number[], number[]] {
  const rank = Math.max(a.length, b.length);
  const [p, q]: [number[], number[]] = [[], []];
  let last = "";
  for (let i = 0; i < rank; i++) {
    const m = a[a.length - rank + i] ?? 1;
    const n = b[b.length - rank + i] ?? 1;
    if (m === 1 && n === 1) continue;
    const kind = m === n ? "both" : m === 1 ? "second" : "first";
    if (kind === last) {
      p[p.length - 1]! *= m;
      q[q.length - 1]! *= n;
    } else {
      p.push(m);
      q.push(n);
    }
    last = kind;
  }
  return [p, q];
}
