/** A value in several MIME types; a front end shows the one it likes best. */
export interface MediaBundle {
  /** The value as text, for terminals, tests and screen readers. */
  "text/plain": string;
  /** The value in other types: text, or JSON. */
  [type: string]: unknown;
}

/** A picture of a value. Leave it as the last expression of a notebook cell to see it. */
export class View {
  /**
   * Makes a view of what is there already.
   *
   * @param bundle The value in each MIME type; `text/plain` is required.
   */
  constructor(readonly bundle: MediaBundle) {}

  /** The value as text. */
  toString(): string {
    return this.bundle["text/plain"];
  }

  /** What a notebook is sent each time that it shows this view. */
  display(): MediaBundle | Promise<MediaBundle> {
    return this.bundle;
  }

  /** Called by Deno's Jupyter kernel. */
  [Symbol.for("Jupyter.display")](): MediaBundle | Promise<MediaBundle> {
    return this.display();
  }
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Makes a text harmless inside HTML and SVG, between tags and in quoted attributes.
 *
 * Control characters that XML forbids become the replacement character.
 *
 * @example
 * ```ts
 * import { escape } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * assert.equal(escape(`<b title="x">`), "&lt;b title=&quot;x&quot;&gt;");
 * ```
 */
export function escape(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}
