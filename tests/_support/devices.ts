import { checkErrors, type DeviceName, memory, useDevice } from "@tome/tome/tensor";
import * as tf from "../../lib/tensor/_tf.ts";

/** The devices that tests run on here; `TOME_DEVICES=cpu,wasm` names fewer. */
export const DEVICES: readonly DeviceName[] = await findDevices();

async function findDevices(): Promise<DeviceName[]> {
  const named = Deno.env.get("TOME_DEVICES");
  if (named) return named.split(",") as DeviceName[];
  if (await navigator.gpu?.requestAdapter()) return ["cpu", "wasm", "webgpu"];
  if (Deno.env.get("TOME_REQUIRE_WEBGPU")) {
    throw new Error(
      "Cannot run the WebGPU tests as no adapter answers, and TOME_REQUIRE_WEBGPU is set",
    );
  }
  return ["cpu", "wasm"];
}

// The wasm device loads the system's BLAS once and for good; inside a test that would count as a leak.
if (DEVICES.includes("wasm")) await useDevice("wasm");

/** Puts the tests on a device; on WebGPU even the smallest input runs on the GPU, in strict mode. */
export async function enter(device: DeviceName): Promise<void> {
  if (tf.getBackend() === device && entered === device) return;
  await useDevice(device, { strict: device === "webgpu" });
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  entered = device;
}
let entered: DeviceName | undefined;

/**
 * Declares a test once for each device; it fails if it leaves a tensor or a buffer behind.
 *
 * @param name The symbol, then the claim.
 * @param run The test.
 * @param only The devices, where the claim is about some of them only.
 */
export function testOnDevices(
  name: string,
  run: (device: DeviceName) => void | Promise<void>,
  only: readonly DeviceName[] = DEVICES,
): void {
  for (const device of DEVICES.filter((d) => only.includes(d))) {
    Deno.test({
      name: `${name} (${device})`,
      sanitizeOps: device !== "webgpu", // the GPU's own promises outlive a test
      sanitizeResources: device !== "webgpu",
      async fn() {
        await enter(device);
        const before = memory();
        tf.engine().startScope();
        try {
          await run(device);
          if (device === "webgpu") await checkErrors();
        } finally {
          tf.engine().endScope();
        }
        const after = memory();
        if (
          after.numTensors !== before.numTensors || after.numDataBuffers !== before.numDataBuffers
        ) {
          throw new Error(
            `The test leaks ${after.numTensors - before.numTensors} tensors and ` +
              `${after.numDataBuffers - before.numDataBuffers} buffers on ${device}`,
          );
        }
      },
    });
  }
}
