import { setDisplayer } from "../lib/tensor/mod.ts";
import { type MediaBundle, View } from "./view.ts";
import { isAttention, shownAttention } from "./views/attention_shown.ts";
import { audioPlayer, isSound } from "./views/audio.ts";
import { deviceView, isDevice } from "./views/device.ts";
import { historyView, isHistory } from "./views/history.ts";
import { isSearchResult, searchView } from "./views/search.ts";
import { imageGrid, isImages } from "./views/images.ts";
import { isMarked, markedImages } from "./views/marked_images.ts";
import { isMemoryUse, memoryView } from "./views/memory.ts";
import { isModule, moduleView } from "./views/module.ts";
import { dataTable, isData } from "./views/table.ts";
import { isTensor, tensorView } from "./views/tensor.ts";

/** How {@link show} draws; each kind of value reads its own settings and leaves the others. */
export type ShowOptions = Readonly<Record<string, unknown>>;

/** Draws a value if it is of the kind that it knows. */
type Drawer = (value: unknown, options: ShowOptions) => View | Promise<View> | undefined;

/** What draws what; the first that knows the kind is taken. */
const drawers: readonly Drawer[] = [
  kind(isTensor, tensorView),
  kind(isModule, moduleView),
  kind(isHistory, historyView),
  kind(isSearchResult, searchView),
  kind(isDevice, deviceView),
  kind(isMemoryUse, (use) => memoryView(use)),
  kind(isSound, audioPlayer),
  kind(isAttention, shownAttention),
  kind(isImages, imageGrid),
  kind(isMarked, markedImages),
  kind(isData, dataTable), // the widest kind is the last
];

/** Draws the values of one kind; the options are those of `draw`. */
function kind<T, O extends object>(
  is: (value: unknown) => value is T,
  draw: (value: T, options: O) => View | Promise<View>,
): Drawer {
  return (value, options) => is(value) ? draw(value, options as O) : undefined;
}

const DISPLAY = Symbol.for("Jupyter.display");

/** A view that may still be in the making: a notebook shows it once it is there, and `await` gives the {@link View}. */
export class Shown implements PromiseLike<View> {
  readonly #view: Promise<View>;

  /**
   * Takes a view that may still be in the making.
   *
   * @param view The view; an error is thrown where it is awaited or displayed.
   */
  constructor(view: Promise<View>) {
    this.#view = view;
    view.catch(() => {}); // it is thrown to whoever looks
  }

  /** Called by `await`. */
  then<A = View, B = never>(
    onView?: ((view: View) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#view.then(onView, onError);
  }

  /** Called by Deno's Jupyter kernel. */
  async [DISPLAY](): Promise<MediaBundle> {
    return await (await this.#view).display();
  }
}

/**
 * Shows any value: what the library makes as tables and pictures, all else as text.
 *
 * Left as the last expression of a notebook cell it is displayed; elsewhere `await` gives the {@link View}. The values of a
 * tensor are asked for at once, so that it may be disposed afterwards.
 *
 * @param value The value; a promise is awaited.
 * @param options How to draw it.
 *
 * @example
 * ```ts
 * import { show } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * assert.equal(`${await show(Number.NaN)}`, "NaN");
 * ```
 */
export function show(value: unknown, options: ShowOptions = {}): Shown {
  return new Shown(pick(value, options));
}

setDisplayer((value) => show(value)[DISPLAY]());

async function pick(value: unknown, options: ShowOptions): Promise<View> {
  if (value instanceof View) return value;
  if (value instanceof Shown || value instanceof Promise) return pick(await value, options);
  for (const draw of drawers) {
    const view = draw(value, options);
    if (view) return await view;
  }
  return await displayed(value) ?? new View({ "text/plain": Deno.inspect(value, { depth: 6 }) });
}

/** What a value shows of itself, if it does. */
async function displayed(value: unknown): Promise<View | undefined> {
  if (typeof value !== "object" || value === null) return;
  const display = (value as Record<symbol, unknown>)[DISPLAY];
  if (typeof display !== "function") return;
  const bundle = await display.call(value) as Partial<MediaBundle>;
  return new View({ "text/plain": Deno.inspect(value), ...bundle });
}
