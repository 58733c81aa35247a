import type { Tensor } from "../tensor/mod.ts";
import { Module } from "./module.ts";

/** How a {@link Flatten} is made. */
export interface FlattenOptions {
  /**
   * Which axis of images changes slowest: `"first"` writes one channel after the other, as PyTorch does, so that its weights of
   * the next layer fit; `"last"` writes the channels of a pixel side by side, as Keras does, and costs nothing. @default {"first"}
   */
  channels?: "first" | "last";
}

/** Makes one row of each example. */
export class Flatten extends Module {
  /** Which axis of images changes slowest. */
  readonly channels: "first" | "last";

  /** Makes the layer. */
  constructor({ channels = "first" }: FlattenOptions = {}) {
    super();
    this.channels = channels;
  }

  /**
   * Flattens.
   *
   * @param x `[B, ...]`; only images, `[B, H, W, C]`, have channels.
   * @returns `[B, features]`
   */
  forward(x: Tensor): Tensor {
    const ordered = x.rank === 4 && this.channels === "first" && x.shape[3]! > 1
      ? x.transpose([0, 3, 1, 2])
      : x;
    return ordered.reshape([x.shape[0]!, -1]);
  }
}
