/**
 * Starts a device of Tome and tells of it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { useDevice } from "@tome/tome/tensor";
import type { Facts } from "../contender.ts";

/** The devices of Tome that take part: `xnnpack` is wasm without BLAS. */
export type TomeDevice = "webgpu" | "wasm" | "xnnpack" | "cpu";

/** Starts a device and tells of it. */
export async function startTome(device: TomeDevice): Promise<Facts> {
  const name = device === "xnnpack" ? "wasm" : device;
  const { report } = await useDevice(name, { blas: device !== "xnnpack" });
  return {
    device: name,
    detail: report.adapter?.description ??
      (report.wasm ? `${report.wasm.matmul}, ${report.wasm.threads} threads` : "plain JavaScript"),
    versions: { tfjs: tf.version.tfjs },
    limit: name === "webgpu" ? "webgpu" : "cpu",
  };
}
