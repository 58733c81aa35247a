import * as tf from "../../lib/tensor/_tf.ts";
import type { RepairedBackend } from "../../lib/tensor/repairs/webgpu/backend.ts";
import { always } from "../../lib/tensor/repairs/webgpu/product.ts";
import { VARIANTS } from "../../lib/tensor/repairs/webgpu/product_variants.ts";

/**
 * A test that runs twice on WebGPU: with the matrix products that the adapter gets, and with those of hardware.
 *
 * Software adapters have products of their own, so that otherwise nothing would run the repaired stock programs there.
 */
export function withBothProducts(run: () => void | Promise<void>): () => Promise<void> {
  return async () => {
    await run();
    const backend = tf.backend() as unknown as RepairedBackend;
    if (!backend.software) return;
    const { products } = backend;
    backend.software = false;
    backend.products = undefined;
    try {
      await run();
    } finally {
      backend.software = true;
      backend.products = products;
    }
  };
}

/** The variants that this adapter can run, half precision included where it has it. */
export function variantsHere(): string[] {
  const { abilities, device } = tf.backend() as unknown as RepairedBackend;
  return VARIANTS.map(({ name }) => name).filter((name) =>
    (abilities.subgroups || !name.includes("subgroups")) &&
    (device.features.has("shader-f16") || !name.includes("half"))
  );
}

/** Runs something with one variant of products wherever that fits, as if the tuner had chosen it. */
export async function withProduct<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  const backend = tf.backend() as unknown as RepairedBackend;
  const variant = VARIANTS.find((variant) => variant.name === name)!;
  const { products, abilities } = backend;
  backend.abilities = { ...abilities, half: backend.device.features.has("shader-f16") };
  backend.products = always(backend, variant);
  try {
    return await run();
  } finally {
    Object.assign(backend, { products, abilities });
  }
}
