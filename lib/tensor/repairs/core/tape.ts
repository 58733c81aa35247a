import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";

/** What the repairs use of the engine that keeps the tape. */
interface Engine {
  saveTensorsForBackwardMode(tensors: (Tensor | undefined)[]): Tensor[];
  addTapeNode(kernel: string, inputs: Record<string, Tensor | undefined>, ...rest: unknown[]): void;
  gradients(...call: unknown[]): unknown;
  state: { gradientDepth: number; activeTape: { saved?: Tensor[] }[] | null };
}

/** C8: the tape trips over an input that was left out, such as the scale or the offset of batchNorm. */
export function repairTapeOfOptionalInputs(): void {
  const engine = tf.engine() as unknown as Engine;
  const { saveTensorsForBackwardMode, addTapeNode } = engine;
  engine.saveTensorsForBackwardMode = function (tensors) {
    return saveTensorsForBackwardMode.call(this, tensors.filter((tensor) => tensor != null));
  };
  engine.addTapeNode = function (kernel, inputs, ...rest) {
    const given = Array.isArray(inputs) || Object.values(inputs).every((x) => x != null)
      ? inputs
      : Object.fromEntries(Object.entries(inputs).filter(([, x]) => x != null));
    addTapeNode.call(this, kernel, given, ...rest);
  };
}

/**
 * C28: where the way forward or back throws, what was saved for the way back is never freed. C31: a gradient that is
 * taken on the way back of another one, as where a part runs again, ends the tape of that one.
 */
export function freeTapeOfErrors(): void {
  const engine = tf.engine() as unknown as Engine;
  const { gradients } = engine;
  engine.gradients = function (...call) {
    const outer = this.state.gradientDepth === 0 ? this.state.activeTape : undefined;
    try {
      return gradients.apply(this, call);
    } catch (error) {
      const { gradientDepth, activeTape } = this.state;
      if (gradientDepth === 0 && activeTape) {
        for (const { saved } of activeTape) for (const tensor of saved ?? []) tensor.dispose();
        this.state.activeTape = null;
      }
      throw error;
    } finally {
      if (outer) this.state.activeTape = outer;
    }
  };
}
