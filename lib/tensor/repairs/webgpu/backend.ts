import * as tf from "../../_tf.ts";
import { DeviceError } from "../../device_error.ts";
import { formatBytes, largestOf, type LiveData, OutOfMemoryError } from "../../out_of_memory.ts";
import { sizeOf } from "../../shape.ts";
import { BufferPool } from "./buffer_pool.ts";
import { foldDispatch } from "./dispatch.ts";
import type { GarbageCollector } from "./garbage.ts";
import { GPUErrors } from "./gpu_errors.ts";
import { repairSource, repairSplit } from "./mod.ts";
import type { Problem } from "./product_problem.ts";
import type { Abilities, ProductPlan } from "./product_variants.ts";
import type { Recorder } from "./recorder.ts";
import { Stock, type StockProgram, type TensorData, type Uniforms } from "./stock.ts";
import type { UniformField } from "./uniform_arena.ts";

type Values = tf.backend_util.BackendValues;

/** Bytes of the buffer that stands for a tensor without elements; WebGPU binds no empty ones. */
const BYTES_OF_NOTHING = 16;

/**
 * TensorFlow.js's WebGPU backend, repaired: no error of the GPU passes in silence, buffers return to the system, and
 * programs are changed as `mod.ts` lists.
 */
export class RepairedBackend extends Stock {
  /** What went wrong on the GPU and nobody was told yet. */
  readonly errors: GPUErrors;
  /** Whether results must repeat bit for bit. */
  deterministic = false;
  /** Whether the adapter is a program on the CPU. */
  software = false;
  /** What our own matrix products may use of the device. */
  abilities: Abilities = { sharedBytes: 16384, threads: 256, half: false, subgroups: false };
  /** How a matrix product is computed; undefined, or giving undefined, where the stock programs are taken. */
  products?: (problem: Problem) => ProductPlan | undefined;
  /** Whether each program runs in an error scope of its own. */
  strict = false;
  /** Programs compiled since the start. */
  programs = 0;
  /** Recordings replayed since the start. */
  replays = 0;
  /** Tensors uploaded since the start. */
  uploads = 0;
  /** Bytes uploaded since the start. */
  bytesUploaded = 0;
  /** What collects the bindings of dispatches, where the driver cannot keep many. */
  garbage?: GarbageCollector;
  /** Keeps what the GPU is told, while a recording is under way. */
  recorder?: Recorder;
  /** Bytes of the buffers of recordings. */
  bytesRecorded = 0;
  /** The most bytes of all buffers at once. */
  bytesPeak = 0;
  #bytes = 0;
  #dispatches = 0;
  /** Whether a complex tensor was ever made. */
  #complex = false;
  #compiling: StockProgram | undefined;
  /** What has a buffer of ours. */
  readonly #resident = new Set<object>();
  readonly #limit: number;

  constructor(device: GPUDevice, info: GPUAdapterInfo, poolBytes: number) {
    super(device, info);
    this.bufferManager = new BufferPool(device, poolBytes);
    this.bufferManager.onChange = (bytes) => {
      this.#bytes += bytes;
      if (this.#bytes > this.bytesPeak) this.bytesPeak = this.#bytes;
    };
    this.errors = new GPUErrors(device, (message) => {
      const bytes = this.bufferManager.numBytesAllocated + this.bytesRecorded;
      return new OutOfMemoryError(
        `Cannot go on as the GPU is out of memory: current use is ${formatBytes(bytes)}, ${
          formatBytes(this.bytesRecorded)
        } of them for recordings (${message})`,
        undefined,
        largestOf(this.#data()),
      );
    });
    this.#limit = Math.min(
      Number(device.limits.maxStorageBufferBindingSize),
      Number(device.limits.maxBufferSize),
    );
    const create = device.createShaderModule;
    // the backend compiles through this method; the program under way is the one whose source arrives
    device.createShaderModule = (descriptor) => {
      const program = this.#compiling;
      if (!program) return create.call(device, descriptor);
      this.programs++;
      const code = repairSource(descriptor.code, program);
      return create.call(device, { ...descriptor, code });
    };
  }

  /** Why the GPU is gone, if it is. */
  get lost(): string | undefined {
    return this.errors.lost;
  }

  /** Dispatches since the start, those not yet submitted too. */
  get dispatches(): number {
    return this.#dispatches + this.dispatchCountInPass;
  }

  override write(values: Values, shape: number[], dtype: tf.DataType): object {
    this.#checkSize(shape, dtype);
    if (dtype === "complex64") this.#complex = true;
    return super.write(values, shape, dtype);
  }

  override move(
    dataId: object,
    values: Values,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    this.#checkSize(shape, dtype);
    super.move(dataId, values, shape, dtype, refCount);
  }

  /** Every tensor that has a buffer here. */
  *#data(): Generator<LiveData> {
    for (const dataId of this.#resident) {
      if (this.tensorMap.has(dataId)) yield { dataId, ...this.tensorMap.get(dataId) };
    }
  }

  /** W6: a buffer above the limit is invalid, and every program that binds it does nothing. */
  #checkSize(shape: readonly number[], dtype: tf.DataType): void {
    const bytes = 4 * sizeOf(shape);
    if (bytes <= this.#limit || dtype === "string" || dtype === "complex64") return;
    throw new OutOfMemoryError(
      `Cannot put a tensor of shape [${shape}] on webgpu as its buffer may have at most ` +
        `${this.#limit} bytes: current size is ${bytes}; split it into ${
          Math.ceil(bytes / this.#limit)
        } parts or more, or use the wasm or cpu device`,
      bytes,
      largestOf(this.#data()),
    );
  }

  override uploadToGPU(dataId: object): void {
    const data = this.tensorMap.get(dataId);
    if (data.resource != null) return;
    this.errors.throwIfLost();
    if (sizeOf(data.shape) === 0) {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      data.resource = this.bufferManager.acquireBuffer(BYTES_OF_NOTHING, usage);
      data.values ??= tf.util.getTypedArrayFromDType(data.dtype as "float32", 0);
    } else {
      if (data.values != null) {
        this.uploads++;
        this.bytesUploaded += 4 * sizeOf(data.shape);
        if (this.recorder) {
          this.recorder.pool.nextIsConstant = true;
          this.recorder.constant(data.values as Float32Array);
        }
      }
      super.uploadToGPU(dataId);
    }
    this.#resident.add(dataId);
  }

  override releaseResource(dataId: object): void {
    this.#resident.delete(dataId);
    super.releaseResource(dataId);
  }

  override runWebGPUProgram(
    program: StockProgram,
    inputs: tf.TensorInfo[],
    dtype: tf.DataType,
    uniforms?: Uniforms | null,
    output?: tf.TensorInfo,
  ): tf.TensorInfo {
    this.errors.throwIfLost();
    if (program.constructor.name === "MatMulSplitKProgram") {
      repairSplit(program, inputs[0]!.shape, this.deterministic);
    }
    const before = this.#compiling;
    const { shaderKey } = program; // the backend adds to it
    this.#compiling = program;
    if (this.strict) this.errors.openScope();
    try {
      foldDispatch(program, this.device.limits.maxComputeWorkgroupsPerDimension);
      if (output) this.#forgetValues(output.dataId);
      return super.runWebGPUProgram(program, inputs, dtype, uniforms, output);
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      const what = this.#describe(program, shaderKey, inputs);
      const ranks = [program.outputShape, ...inputs.map((x) => x.shape)].map((s) => s.length);
      throw new DeviceError(
        Math.max(...ranks) > 6
          ? `${what} as a GPU program takes at most 6 axes: current rank is ${
            Math.max(...ranks)
          }; reshape the tensors so that neighbouring axes become one`
          : `${what}: ${messageOf(error)}`,
        { cause: error },
      );
    } finally {
      this.#compiling = before;
      if (this.strict) this.errors.closeScope(this.#describe(program, shaderKey, inputs));
    }
  }

  override recordAndSubmit(
    program: StockProgram,
    output: tf.TensorInfo,
    inputs: tf.TensorInfo[],
    uniforms?: Uniforms | null,
  ): void {
    const { pipeline, pixelsOpType, size, outputShape, outputComponent = 1 } = program;
    const { variableNames, writes = [] } = program;
    if (
      this.activeTimers || pixelsOpType !== undefined || !(pipeline instanceof GPUComputePipeline)
    ) {
      this.recorder?.refuse("its programs are timed, or draw pictures");
      super.recordAndSubmit(program, output, inputs, uniforms);
      return;
    }
    const tensors = [...inputs, output];
    const fields: UniformField[] = [
      { type: "float32", data: [NaN] },
      { type: "float32", data: [Infinity] },
    ];
    for (const { shape } of tensors) {
      fields.push({ type: "int32", data: shape });
      fields.push({ type: "int32", data: tf.util.computeStrides(shape) });
    }
    if (size) fields.push({ type: "int32", data: [sizeOf(outputShape) / outputComponent] });
    if (uniforms) fields.push(...uniforms);
    const data = [output, ...inputs].map(({ dataId }) => dataId);
    const written = (k: number) => k === 0 || writes.includes(variableNames[k - 1]!);
    this.launch(pipeline, data, written, fields, program.dispatch);
  }

  /**
   * Has the GPU run a program, after what it was told before.
   *
   * @param data The data of each storage buffer, on the GPU.
   * @param writes Whether the program writes to a storage buffer.
   * @param fields The numbers of the uniform buffer, which is bound after them.
   * @param groups Workgroups along each axis.
   */
  launch(
    pipeline: GPUComputePipeline,
    data: readonly object[],
    writes: (k: number) => boolean,
    fields: UniformField[],
    groups: readonly [number, number, number],
  ): void {
    const { recorder } = this;
    const packed = recorder?.uniforms.add(fields);
    const resources: GPUBufferBinding[] = data.map((dataId, k) => {
      const buffer = this.tensorMap.get(dataId).resource!;
      // in a recording a buffer may serve again at once, as its commands run in order
      if (recorder) recorder.touch(dataId, buffer, writes(k));
      else this.commandQueueOwnedIds.add(dataId);
      return { buffer };
    });
    resources.push(packed?.binding ?? this.makeUniforms(fields));
    const bindGroup = this.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    this.ensureCommandEncoderReady();
    const pass = this.computePassEncoder ??= this.commandEncoder!.beginComputePass({});
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...groups);
    recorder?.dispatch({ pipeline, bindGroup, groups }, resources.slice(0, -1), packed!.key);
    this.dispatchCountInPass++;
    if (this.dispatchCountInPass >= tf.env().getNumber("WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE")) {
      this.endComputePassEncoder();
      this.submitQueue();
    }
  }

  /** Copies one tensor's data to another's, of the same size, after what the GPU was told before. */
  copy(from: object, to: object): void {
    const [source, target] = [from, to].map((dataId) => {
      this.uploadToGPU(dataId);
      const buffer = this.tensorMap.get(dataId).resource!;
      if (this.recorder) this.recorder.touch(dataId, buffer, dataId === to);
      else this.commandQueueOwnedIds.add(dataId);
      return buffer;
    }) as [GPUBuffer, GPUBuffer];
    this.encodeCopy(source, target);
    this.recorder?.copy({ from: source, to: target, bytes: target.size });
  }

  /** Has the GPU copy as many bytes as the target has, after what it was told before. */
  encodeCopy(from: GPUBuffer, to: GPUBuffer): void {
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    this.commandEncoder!.copyBufferToBuffer(from, 0, to, 0, to.size);
  }

  /** A tensor written in place: values that were read back before are stale. */
  #forgetValues(dataId: object): void {
    const data = this.tensorMap.get(dataId);
    if (data.resource != null) data.values = null;
  }

  #describe(program: StockProgram, key: string, inputs: tf.TensorInfo[]): string {
    const { name } = program.constructor;
    const what = name === "Object" ? key : name;
    const op = this.errors.op ? ` of ${this.errors.op}` : "";
    const given = inputs.map((x) => `${x.dtype} [${x.shape}]`).join(", ") || "no inputs";
    return `Cannot run ${what}${op} on ${given}`;
  }

  override memory(): { unreliable: boolean; numBytesAllocatedInGPU: number } {
    const use = super.memory();
    use.numBytesAllocatedInGPU += this.bytesRecorded;
    return use;
  }

  /** Hands everything that the GPU was told to it. */
  flush(): void {
    this.endComputePassEncoder();
    if (this.commandEncoder) this.submitQueue();
  }

  /** From here on the peak is that of what comes. */
  resetPeak(): void {
    this.bytesPeak = this.#bytes;
  }

  /** Counts a replay, whose dispatches were made without {@link launch}. */
  countReplay(dispatches: number): void {
    this.replays++;
    this.#dispatches += dispatches;
  }

  override ensureCommandEncoderReady(): void {
    this.errors.throwIfLost();
    super.ensureCommandEncoderReady();
  }

  override submitQueue(): void {
    this.#dispatches += this.dispatchCountInPass;
    super.submitQueue();
    this.garbage?.after(this.#dispatches);
  }

  /** W14: the CPU forms of small kernels differ from the GPU's, and hide what is wrong with those. */
  override shouldExecuteOnCPU(): boolean {
    return false;
  }

  /** W17: nothing on the GPU can be read at once. */
  override readSync(dataId: object): Values {
    const { values, dtype, shape } = this.tensorMap.get(dataId);
    if (values == null && dtype !== "string" && dtype !== "complex64") {
      this.errors.throwIfLost();
      throw new DeviceError(
        `Cannot read a tensor of shape [${shape}] at once as it lies on the GPU: dataSync(), ` +
          "arraySync(), print(), toString() and a move to another device need its values; " +
          "await its data() first",
      );
    }
    return super.readSync(dataId);
  }

  override async read(dataId: object): Promise<Values> {
    this.recorder?.refuse("it reads a tensor");
    const data = this.tensorMap.get(dataId);
    if (data.values != null) {
      this.errors.throwIfAny();
      return data.values;
    }
    if (data.complexTensorInfos) return await this.#readComplex(data);
    this.errors.throwIfLost();
    // undefined until somebody writes in place (null): then what is on its way is stale
    const reading = data.reading = {};
    data.values = undefined;
    let bytes: ArrayBuffer;
    try {
      bytes = await this.getBufferData(data.resource!);
    } catch (error) {
      await this.errors.settle();
      this.errors.throwIfLost();
      this.errors.throwIfAny();
      throw new DeviceError(`Cannot read a tensor of shape [${data.shape}]: ${messageOf(error)}`, {
        cause: error,
      });
    }
    if (this.strict) await this.errors.settle();
    this.errors.throwIfAny();
    const values = tf.util.convertBackendValuesAndArrayBuffer(bytes, data.dtype);
    if (data.values === undefined && data.reading === reading) data.values = values;
    return values;
  }

  async #readComplex({ complexTensorInfos: parts }: TensorData): Promise<Values> {
    const [real, imag] = await Promise.all([
      this.read(parts!.real.dataId),
      this.read(parts!.imag.dataId),
    ]);
    return tf.backend_util.mergeRealAndImagArrays(real as Float32Array, imag as Float32Array);
  }

  /** W22: the parts of a complex tensor go with it, and the engine, which counts buffers, is told. */
  override disposeData(dataId: object, force?: boolean): boolean {
    if (!this.#complex) return super.disposeData(dataId, force);
    const parts = this.tensorMap.has(dataId) && this.tensorMap.get(dataId).complexTensorInfos;
    const gone = super.disposeData(dataId, force);
    if (gone && parts) {
      for (const { dataId: part } of [parts.real, parts.imag]) {
        if (this.refCount(part) === 0) tf.engine().removeDataId(part, this);
      }
    }
    return gone;
  }

  /** Reads every tensor back, so that another device, or another GPU, can take it. */
  async bringHome(): Promise<void> {
    const away = [...this.#resident].filter((id) => this.tensorMap.get(id).values == null);
    for (let i = 0; i < away.length; i += 16) {
      await Promise.all(away.slice(i, i + 16).map((id) => this.tensorMap.has(id) && this.read(id)));
    }
  }

  /** Waits for the GPU. @throws {DeviceError} If something went wrong since the last read. */
  async checkErrors(): Promise<void> {
    this.errors.throwIfLost();
    this.flush();
    if (!this.strict) await this.queue.onSubmittedWorkDone();
    await this.errors.settle();
    this.errors.throwIfLost();
    this.errors.throwIfAny();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
