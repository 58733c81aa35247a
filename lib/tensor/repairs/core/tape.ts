import * as tf from "../../_tf.ts";
import type { Tensor } from "../../types.ts";

/** One operation on the tape. */
interface Node {
  saved?: Tensor[];
  gradient?: (dys: Tensor[]) => Record<string, () => Tensor>;
}

/** What the repairs use of the engine that keeps the tape. */
interface Engine {
  saveTensorsForBackwardMode(tensors: (Tensor | undefined)[]): Tensor[];
  addTapeNode(kernel: string, inputs: Record<string, Tensor | undefined>, ...rest: unknown[]): void;
  gradients(...call: unknown[]): unknown;
  state: { gradientDepth: number; activeTape: Node[] | null };
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

/**
 * C32: what an operation saved for the way back, and the gradients of what it gave, stay to the end of the way back,
 * although nobody needs them once it is past the operation. C33: where an operation gives one tensor as the gradient of
 * several, it is freed while it is needed.
 */
export function freeOnTheWayBack(): void {
  const engine = tf.engine() as unknown as Engine;
  const { addTapeNode, gradients } = engine;
  let past: (() => void) | undefined; // frees what the operation needed whose gradient was asked for last
  let given: unknown; // the gradient to start from, which is the caller's
  const returned = new WeakSet<Tensor>();
  engine.gradients = function (...call) {
    const outer = { past, given };
    [past, given] = [undefined, call[2]];
    try {
      return gradients.apply(this, call);
    } finally {
      ({ past, given } = outer);
    }
  };
  engine.addTapeNode = function (...call) {
    addTapeNode.apply(this, call);
    const node = this.state.activeTape!.at(-1)!;
    const { gradient } = node;
    if (!gradient) return;
    node.gradient = (dys) => {
      past?.();
      past = undefined;
      const needed = new Set([...node.saved ?? [], ...dys.filter((dy) => dy && !dy.kept)]);
      needed.delete(given as Tensor);
      if (engine.state.gradientDepth === 0) { // else these gradients have gradients themselves
        past = () => needed.forEach((tensor) => tensor.dispose());
      }
      const parts = gradient(dys);
      return Object.fromEntries(
        Object.entries(parts).map(([name, part]) => [name, () => {
          const dx = part();
          // one tensor as the gradient of several would be freed with the first
          const own = dys.includes(dx) || needed.has(dx) || returned.has(dx) ? tf.clone(dx) : dx;
          returned.add(own);
          return own;
        }]),
      );
    };
  };
}
