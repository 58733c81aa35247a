import * as tf from "./_tf.ts";

const DISPLAY = Symbol.for("Jupyter.display");

/** Draws a value for a notebook: its MIME types and what they hold. */
export type Displayer = (value: object) => unknown;

let displayer: Displayer | undefined;

/**
 * Sets what draws tensors, modules and histories where they are the last expression of a notebook cell.
 *
 * @param draw What draws them; without it they are told as any other object.
 */
export function setDisplayer(draw: Displayer | undefined): void {
  displayer = draw;
}

/**
 * Makes a value, or all that have it as their prototype, show themselves in a notebook by {@link setDisplayer}.
 *
 * @param target The value or the prototype.
 * @returns The same.
 */
export function displayable<T extends object>(target: T): T {
  return Object.defineProperty(target, DISPLAY, {
    configurable: true,
    get(this: object) {
      const draw = displayer;
      return draw && (() => draw(this));
    },
  });
}

displayable(tf.Tensor.prototype);
