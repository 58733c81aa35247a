/**
 * How jax-js is started, and what is said of it.
 *
 * @module
 */
import { defaultDevice, init } from "npm:@jax-js/jax@0.1.25";
import { adapterName } from "../machine.ts";

/**
 * Puts jax-js on a device.
 *
 * @returns What the tables say of it.
 */
export async function startJax(device: "webgpu" | "wasm") {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js does not start on ${device}`);
  defaultDevice(device);
  return {
    device,
    detail: device === "webgpu" ? await adapterName() : `${navigator.hardwareConcurrency} threads`,
    versions: { "jax-js": "0.1.25" },
    limit: device === "webgpu" ? "webgpu" as const : "cpu" as const,
  };
}
