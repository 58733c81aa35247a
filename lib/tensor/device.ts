import * as tf from "./_tf.ts";
import { DeviceError } from "./device_error.ts";
import { table, type TableBundle } from "./table.ts";
import { repairCore } from "./repairs/core/mod.ts";
import { repairCpu } from "./repairs/cpu.ts";
import {
  type AdapterReport,
  chooseProducts,
  findAdapter,
  leaveWebGPU,
  startWebGPU,
  type WebGPUOptions,
} from "./webgpu.ts";
import { startWasm, type WasmReport } from "./wasm.ts";

/** A place to compute: the GPU through WebGPU, the CPU through WebAssembly, or the CPU in plain JavaScript. */
export type DeviceName = "webgpu" | "wasm" | "cpu";

/** How {@link useDevice} chooses and sets up. */
export interface DeviceOptions extends WebGPUOptions {
  /** Whether `"auto"` may choose a software WebGPU adapter. @default {false} */
  software?: boolean;
  /** Whether the wasm device looks for a system BLAS. @default {true} */
  blas?: boolean;
}

/** What {@link useDevice} chose, and why. */
export class Device {
  /**
   * Takes the facts about a device.
   *
   * @param report The facts, as {@link useDevice} found them.
   */
  constructor(readonly report: DeviceReport) {}

  /** The device in use. */
  get name(): DeviceName {
    return this.report.name;
  }

  /** The facts as rows of a table: what, and its value. */
  rows(): [string, string][] {
    const { name, reason, gflops, adapter, wasm } = this.report;
    const rows: [string, string][] = [["device", name], ["chosen because", reason]];
    if (adapter) {
      rows.push(
        ["adapter", adapter.description],
        ["kind", adapter.software ? "software" : "hardware"],
        ["features", adapter.features.join(", ")],
        ...Object.entries(adapter.limits).map(([k, v]): [string, string] => [k, String(v)]),
      );
    }
    if (wasm) rows.push(["matrix products", wasm.matmul], ["threads", String(wasm.threads)]);
    rows.push(["measured", `${gflops.toFixed(1)} GFLOP/s (float32 matmul, 256 × 256)`]);
    return rows;
  }

  /** The table as text. */
  toString(): string {
    return table(this.rows())["text/plain"];
  }

  /** Called by Deno's Jupyter kernel, where a device shows as a table. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return table(this.rows());
  }
}

/** The facts about a device. */
export interface DeviceReport {
  /** The device in use. */
  name: DeviceName;
  /** Why it was chosen. */
  reason: string;
  /** Measured speed of a 256 × 256 float32 matrix product, in 10⁹ floating-point operations a second. */
  gflops: number;
  /** The adapter; on WebGPU. */
  adapter?: AdapterReport;
  /** What multiplies matrices; on wasm. */
  wasm?: WasmReport;
}

let current: Device | undefined;

repairCore(); // before any operation runs
repairCpu();

/**
 * Chooses the device that every tensor from here on lives on.
 *
 * `"auto"` takes WebGPU if a hardware adapter answers, else the faster of the two CPU devices.
 *
 * @returns What was chosen and why; it prints as a table.
 * @throws {DeviceError} If the device cannot be had.
 */
export async function useDevice(
  name: DeviceName | "auto" = "auto",
  options: DeviceOptions = {},
): Promise<Device> {
  (tf.findBackend("cpu") as unknown as { firstUse: boolean }).firstUse = false; // no banner
  const report = name === "auto"
    ? await choose(options)
    : await start(name, "it was asked for", options);
  return current = new Device(report);
}

/** The device in use. @throws {DeviceError} If {@link useDevice} has not been awaited yet. */
export function currentDevice(): Device {
  if (!current) {
    throw new DeviceError("Cannot tell the device as none was chosen; await useDevice() first");
  }
  return current;
}

async function choose(options: DeviceOptions): Promise<DeviceReport> {
  const adapter = await findAdapter();
  let why = adapter === "none"
    ? "no WebGPU adapter answers"
    : "the only WebGPU adapter is software";
  if (adapter === "hardware" || (adapter === "software" && options.software)) {
    try {
      return await start("webgpu", `a ${adapter} adapter answers`, options);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      why = `WebGPU does not start (${error.message})`;
    }
  }
  const cpu = await start("cpu", `${why}, and wasm does not load`, options);
  try {
    const wasm = await start("wasm", "", options);
    if (wasm.gflops >= cpu.gflops) {
      return { ...wasm, reason: `${why}, and wasm is faster than plain JavaScript` };
    }
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
  }
  await tf.setBackend("cpu");
  return cpu;
}

async function start(
  name: DeviceName,
  reason: string,
  options: DeviceOptions,
): Promise<DeviceReport> {
  const report: DeviceReport = { name, reason, gflops: 0 };
  if (name !== "webgpu") await leaveWebGPU(); // tensors come along
  if (name === "webgpu") report.adapter = await startWebGPU(options);
  else if (name === "wasm") report.wasm = await startWasm(options);
  else if (name !== "cpu") {
    throw new DeviceError(
      `Cannot use a device that does not exist: current name is ${JSON.stringify(name)}; ` +
        `choose "auto", "webgpu", "wasm" or "cpu"`,
    );
  }
  if (!await tf.setBackend(name)) throw new DeviceError(`Cannot use ${name} as it does not start`);
  await tf.ready();
  if (name === "webgpu") await chooseProducts(options);
  report.gflops = await measure();
  return report;
}

/** Speed of a float32 matrix product: the best of three. */
async function measure(): Promise<number> {
  const n = 256;
  const [a, b] = [tf.ones([n, n]), tf.ones([n, n])];
  let best = Infinity;
  for (let i = 0; i < 4; i++) { // the first compiles
    const start = performance.now();
    const c = tf.matMul(a, b);
    await c.data();
    c.dispose();
    if (i > 0) best = Math.min(best, performance.now() - start);
  }
  tf.dispose([a, b]);
  return 2 * n ** 3 / best / 1e6;
}
