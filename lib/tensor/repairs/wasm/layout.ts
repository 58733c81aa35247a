import * as tf from "../../_tf.ts";
import { sizeOf } from "../../shape.ts";
import { compose, replace } from "./stock.ts";

type Numbers = Float32Array | Int32Array | Uint8Array;

/** An array in a larger one: its shape, and where the block begins in it. */
interface Place {
  values: Numbers;
  shape: number[];
  begin: number[];
}

/** Copies a block of the given size from one array to another, in runs as long as both allow. */
function copyBlock(from: Place, to: Place, size: number[]): void {
  if (size.includes(0)) return;
  let inner = size.length - 1;
  while (inner > 0 && size[inner] === from.shape[inner] && size[inner] === to.shape[inner]) inner--;
  const run = sizeOf(size.slice(Math.max(inner, 0)));
  const [s, t] = [from, to].map(({ shape, begin }) => {
    const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    return { strides, at: begin.reduce((sum, b, axis) => sum + b * strides[axis]!, 0) };
  }) as [{ strides: number[]; at: number }, { strides: number[]; at: number }];
  const place = size.slice(0, Math.max(inner, 0)).map(() => 0);
  for (let copies = sizeOf(size) / run; copies > 0; copies--) {
    if (run >= 16) to.values.set(from.values.subarray(s.at, s.at + run), t.at);
    else for (let i = 0; i < run; i++) to.values[t.at + i] = from.values[s.at + i]!;
    for (let axis = place.length - 1; axis >= 0; axis--) {
      s.at += s.strides[axis]!;
      t.at += t.strides[axis]!;
      if (++place[axis]! < size[axis]!) break;
      s.at -= s.strides[axis]! * size[axis]!;
      t.at -= t.strides[axis]! * size[axis]!;
      place[axis] = 0;
    }
  }
}

/** M19: slice writes past its output if asked for more than there is, and copies all of its input each time. */
export function repairSlice(): void {
  replace<{ begin: number | number[]; size: number | number[] }>("Slice", (stock) => (call) => {
    const { inputs: { x }, attrs, backend } = call;
    const [begin, size] = tf.slice_util.parseSliceParams(x!, attrs.begin, attrs.size) as [
      number[],
      number[],
    ];
    tf.slice_util.assertParamsValid(x!, begin, size);
    if (x!.dtype === "string") return stock(call);
    const out = backend.makeOutput(size, x!.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x!), backend.typedArrayFromHeap(out)];
    copyBlock(
      { values: from, shape: x!.shape, begin },
      { values: to, shape: size, begin: size.map(() => 0) },
      size,
    );
    return out;
  });
}

/** M22: pad is wrong from rank 7 on. */
export function repairPad(): void {
  type Attrs = { paddings: [number, number][]; constantValue: number };
  replace<Attrs>("PadV2", () => ({ inputs: { x }, attrs, backend }) => {
    const { paddings, constantValue } = attrs;
    const shape = x!.shape.map((length, i) => length + paddings[i]![0] + paddings[i]![1]);
    const out = backend.makeOutput(shape, x!.dtype);
    const [from, to] = [backend.typedArrayFromHeap(x!), backend.typedArrayFromHeap(out)];
    to.fill(constantValue);
    copyBlock(
      { values: from, shape: x!.shape, begin: shape.map(() => 0) },
      { values: to, shape, begin: paddings.map(([before]) => before) },
      x!.shape,
    );
    return out;
  });
}

/** M20: reverse takes the bytes of truth values for floats. */
export function repairReverse(): void {
  replace<{ dims: number[] }>("Reverse", (stock) => (call) => {
    const { inputs: { x }, attrs: { dims } } = call;
    if (x!.dtype !== "bool") return stock(call);
    return compose(
      [x!],
      (x) =>
        tf.cast(tf.reverse(tf.cast(x, "int32"), tf.util.parseAxisParam(dims, x.shape)), "bool"),
    );
  });
}
