/**
 * The floor: devices, tensors, memory and random numbers.
 *
 * @module
 */
export type { DType, Scalar, Shape, Tensor, Variable } from "./types.ts";
export {
  currentDevice,
  Device,
  type DeviceName,
  type DeviceOptions,
  type DeviceReport,
  useDevice,
} from "./device.ts";
export { DeviceError } from "./device_error.ts";
export {
  type AdapterReport,
  checkErrors,
  type GPUCounters,
  gpuCounters,
  type WebGPUOptions,
} from "./webgpu.ts";
export { memory, MemoryUse, type OwnerUse, resetPeak } from "./memory.ts";
export { holdFor, makingFor, type Owner } from "./owners.ts";
export { OutOfMemoryError, type TensorUse } from "./out_of_memory.ts";
export { type ProductChoice, type ProductChoices, productChoices } from "./product_choices.ts";
export type { WasmReport } from "./wasm.ts";
export { broadcastShapes, checkShape, matricesOf, rowsOf, ShapeError, sizeOf } from "./shape.ts";
export { dispose, keep, ownVariable, type TensorContainer, tidy } from "./scope.ts";
export {
  randomNormal,
  type RandomOptions,
  randomUniform,
  Rng,
  rng,
  type RngState,
  seed,
} from "./random.ts";
export {
  packBFloat16,
  type PackedInt8,
  packFloat16,
  packInt8,
  type PackInt8Options,
  unpackBFloat16,
  unpackFloat16,
  unpackInt8,
} from "./dtype.ts";
export { packHalf, unpackHalf } from "./half.ts";
export { storeHalf } from "./half_storage.ts";
export { defineUpdate, type Update, type UpdateDefinition, type UpdateTask } from "./in_place.ts";
export { cacheFolder, environmentVariable } from "./cache_folder.ts";
export { collectUnreachable } from "./collect.ts";
export { displayable, type Displayer, setDisplayer } from "./display.ts";
export { interruptSignal, setInterruptSource } from "./interrupt.ts";
export { type Live, live, onHost, refuseRecording } from "./live.ts";
export { record, type Recorded, type RecordingReport, type RecordOptions } from "./record.ts";
export { nextTurn } from "./turn.ts";
export { writeRows } from "./write_rows.ts";
export { sumOfSquares } from "./sum_of_squares.ts";
export { table, type TableBundle, type TableOptions } from "./table.ts";
