import * as tf from "../../lib/tensor/_tf.ts";

/**
 * A test that runs twice on WebGPU: with the matrix products that the adapter gets, and with those of hardware.
 *
 * Software adapters have products of their own, so that otherwise nothing would run the repaired stock programs there.
 */
export function withBothProducts(run: () => void | Promise<void>): () => Promise<void> {
  return async () => {
    await run();
    const backend = tf.backend() as unknown as { software: boolean };
    if (!backend.software) return;
    backend.software = false;
    try {
      await run();
    } finally {
      backend.software = true;
    }
  };
}
