import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "../tensor/_tf.ts";
import { type Shape, sizeOf, type Tensor } from "../tensor/mod.ts";
import { isLive } from "../tensor/dispatch.ts";
import { type Live, valueOf } from "../tensor/live.ts";
import type { WasmBackend } from "../tensor/wasm_heap.ts";

/** The elements of a tensor, in place. */
export type Elements = Float32Array | Int32Array | Uint8Array;

/** A program for the GPU: the body of a WGSL file and how it is launched. */
export interface GpuProgram {
  /** Its name, which with the constants tells it from every other program. */
  name: string;
  /** WGSL that defines `main(index : i32)`; inputs are arrays by their names, the output is `result`. */
  wgsl: string;
  /** The name of each input, in order. */
  inputs: readonly string[];
  /** The shape of the output. */
  outShape: Shape;
  /** The shapes of further outputs, by their names; see {@link RunProgram.all}. */
  further?: Readonly<Record<string, Shape>>;
  /** `"elements"` starts one thread an element of the output (the body checks `uniforms.size`); a number, so many workgroups. */
  launch: "elements" | number;
  /** Threads in a workgroup. @default {64} */
  workgroup?: number;
  /** Numbers that change from call to call, by name and WGSL type. */
  uniforms?: readonly { name: string; type: "f32" | "i32"; value: Live }[];
  /** Numbers put in front of the body as `const NAME : i32`; each set of values is compiled anew. */
  constants?: Readonly<Record<string, number>>;
}

/** Runs a program on the GPU and gives its output. */
export interface RunProgram {
  (program: GpuProgram, inputs: readonly tf.TensorInfo[]): tf.TensorInfo;
  /** Gives all its outputs, the further ones after the first. */
  all(program: GpuProgram, inputs: readonly tf.TensorInfo[]): tf.TensorInfo[];
}

/** An operation with code of its own for the CPU's memory and for the GPU. */
export interface KernelSpec<Input extends string, Attrs extends object> {
  /** Its name in TensorFlow.js's registry. */
  name: string;
  /** The name of each input tensor. */
  inputs: readonly Input[];
  /** The shape of each output; all are float32. */
  outputs(shapes: Record<Input, Shape>, attrs: Attrs): Shape[];
  /** Computes in the CPU's memory, for cpu and wasm; the outputs hold garbage at first. */
  host(
    inputs: Record<Input, Elements>,
    outputs: Float32Array[],
    attrs: Attrs,
    shapes: Record<Input, Shape>,
    scratch?: Float32Array,
  ): void;
  /** How many numbers of the wasm heap `host` may write to besides its outputs. @default {none} */
  scratch?(shapes: Record<Input, Shape>, attrs: Attrs): number;
  /** Computes on the GPU. */
  gpu(inputs: Record<Input, tf.TensorInfo>, attrs: Attrs, run: RunProgram): tf.TensorInfo[];
  /**
   * The gradient with respect to each input; work shared by inputs goes before the return.
   *
   * `dy` belongs to the first output, `dys` to all of them; `y` is the first output and `ys` the first ones, as many as
   * are saved.
   */
  gradient?(
    dy: Tensor,
    inputs: Record<Input, Tensor>,
    attrs: Attrs,
    y: Tensor,
    dys: Tensor[],
    ys: Tensor[],
  ): Partial<Record<Input, () => Tensor>>;
  /**
   * What the gradient needs kept; the fewer, the less memory: inputs by their names, and the first output, or the first
   * few. @default {every input, no output}
   */
  saves?: { inputs: readonly Input[]; output?: boolean; outputs?: number };
}

/**
 * Registers an operation on every device, with its gradient.
 *
 * @returns The operation: tensors by name and attributes to its outputs.
 */
export function defineKernel<Input extends string, Attrs extends object>(
  spec: KernelSpec<Input, Attrs>,
): (inputs: Record<Input, Tensor>, attrs: Attrs) => Tensor[] {
  const { name: kernelName, inputs: names } = spec;
  for (const backendName of ["cpu", "wasm", "webgpu"]) {
    if (tf.getKernel(kernelName, backendName)) return call(spec); // another copy of the library came first
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc({ inputs, attrs, backend }) {
        const infos = inputs as unknown as Record<Input, tf.TensorInfo>;
        return backendName === "webgpu"
          ? spec.gpu(infos, attrs as unknown as Attrs, runner(backend as unknown as WebGPUBackend))
          : onHost(spec, infos, attrs as unknown as Attrs, backend as HostBackend);
      },
    });
  }
  if (spec.gradient) {
    const { inputs: saved = names, output = false, outputs = Number(output) } = spec.saves ?? {};
    tf.registerGradient({
      kernelName,
      inputsToSave: [...saved],
      outputsToSave: Array<boolean>(outputs).fill(true),
      gradFunc(dy, tensors, attrs) {
        const kept = Object.fromEntries(saved.map((name, i) => [name, tensors[i]]));
        const dys = Array.isArray(dy) ? dy : [dy];
        const gradients = spec.gradient!(
          dys[0]!,
          kept as Record<Input, Tensor>,
          attrs as unknown as Attrs,
          tensors[saved.length] as Tensor,
          dys,
          tensors.slice(saved.length) as Tensor[],
        );
        for (const name of names) { // tfjs wants a function for every input
          gradients[name] ??= () => {
            throw new TypeError(`Cannot differentiate ${kernelName} with respect to ${name}`);
          };
        }
        return gradients as Record<string, () => Tensor>;
      },
    });
  }
  return call(spec);
}

function call<Input extends string, Attrs extends object>(
  { name }: KernelSpec<Input, Attrs>,
): (inputs: Record<Input, Tensor>, attrs: Attrs) => Tensor[] {
  return (inputs, attrs) => {
    const outputs = tf.engine().runKernel(
      name,
      inputs as unknown as tf.NamedTensorMap,
      attrs as tf.NamedAttrMap,
    );
    return Array.isArray(outputs) ? outputs : [outputs];
  };
}

/** What the cpu and the wasm backend share, and what they do not. */
type HostBackend = tf.KernelBackend & Partial<WasmBackend> & {
  makeTensorInfo?(shape: number[], dtype: tf.DataType, values: Elements): tf.TensorInfo;
};

function onHost<Input extends string, Attrs extends object>(
  spec: KernelSpec<Input, Attrs>,
  inputs: Record<Input, tf.TensorInfo>,
  attrs: Attrs,
  backend: HostBackend,
): tf.TensorInfo[] {
  const pick = <T>(f: (info: tf.TensorInfo) => T) =>
    Object.fromEntries(spec.inputs.map((name) => [name, f(inputs[name])])) as Record<Input, T>;
  const shapes = pick((info) => info.shape);
  const outShapes = spec.outputs(shapes, attrs) as number[][];
  if (backend.typedArrayFromHeap) { // wasm: all outputs first, as the heap may grow and end every view
    const outputs = outShapes.map((shape) => backend.makeOutput!(shape, "float32"));
    const spare = spec.scratch && backend.makeOutput!([spec.scratch(shapes, attrs)], "float32");
    const view = (info: tf.TensorInfo) => backend.typedArrayFromHeap!(info) as Float32Array;
    spec.host(pick(view), outputs.map(view), attrs, shapes, spare && view(spare));
    if (spare) backend.disposeData(spare.dataId);
    return outputs;
  }
  const arrays = outShapes.map((shape) => new Float32Array(sizeOf(shape)));
  spec.host(pick((info) => backend.readSync(info.dataId) as Elements), arrays, attrs, shapes);
  return outShapes.map((shape, i) => backend.makeTensorInfo!(shape, "float32", arrays[i]!));
}

function runner(backend: WebGPUBackend): RunProgram {
  const all: RunProgram["all"] = (program, inputs) => {
    const { workgroup = 64, uniforms = [], constants = {}, launch, outShape } = program;
    const size = sizeOf(outShape);
    const groups = launch === "elements" ? Math.ceil(size / workgroup) : launch;
    const make = (shape: Shape) =>
      backend.makeTensorInfo(
        [...shape],
        "float32",
        size === 0 ? new Float32Array(sizeOf(shape)) : undefined,
      );
    const further = Object.entries(program.further ?? {});
    const others = further.map(([, shape]) => make(shape));
    if (size === 0) return [make(outShape), ...others]; // sums of nothing are 0
    const names = further.map(([name]) => name);
    const output = backend.runWebGPUProgram(
      {
        variableNames: [...program.inputs, ...names],
        ...{ writes: names },
        outputShape: [...outShape],
        dispatchLayout: { x: outShape.map((_, axis) => axis) },
        dispatch: [groups, 1, 1],
        workgroupSize: [workgroup, 1, 1],
        size: launch === "elements",
        shaderKey: `tome_${program.name}_${Object.values(constants).join("_")}`,
        ...(uniforms.length > 0
          ? { uniforms: uniforms.map(({ name, type }) => `${name} : ${type}, `).join("") }
          : {}),
        getUserCode: () =>
          Object.entries(constants).map(([k, v]) => `const ${k} : i32 = ${v};\n`).join("") +
          `const WORKGROUP : i32 = ${workgroup};\n${program.wgsl}`,
      },
      [...inputs, ...others],
      "float32",
      uniforms.map(({ type, value }) => ({
        type: type === "f32" ? "float32" : "int32",
        data: [valueOf(value)],
        ...isLive(value),
      })),
    );
    return [output, ...others];
  };
  return Object.assign<(...call: Parameters<RunProgram>) => tf.TensorInfo, Pick<RunProgram, "all">>(
    (program, inputs) => all(program, inputs)[0]!,
    { all },
  );
}

/** The same data under another shape; costs nothing. */
export function seenAs(info: tf.TensorInfo, shape: Shape): tf.TensorInfo {
  return { dataId: info.dataId, dtype: info.dtype, shape: [...shape] };
}
