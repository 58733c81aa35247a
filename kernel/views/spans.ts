import { DrawnView } from "../drawn_view.ts";
import { escape, type View } from "../view.ts";
import { FAINT, INK, label, round, SOFT, svg } from "./markup.ts";
import { columns } from "./token_text.ts";

/** A stretch of a text that has a label: a name, a part of speech, an answer. */
export interface TextSpan {
  /** Where it begins, in UTF-16 units. */
  start: number;
  /** One behind its end. */
  end: number;
  /** What it is. */
  label: string;
}

/** How {@link spanView} draws. */
export interface SpanViewOptions {
  /** What stands above. @default {none} */
  title?: string;
  /** The labels that have colours of their own, in this order, so that several views agree. @default {those of the spans} */
  labels?: readonly string[];
}

/** Light grounds, told apart with any kind of colour vision, on which dark ink is legible. */
const GROUNDS = [
  "#cfe5f5",
  "#fbe3b0",
  "#c9ecd9",
  "#f7d3bd",
  "#efd3e4",
  "#f6f2a8",
  "#d7f0fb",
  "#e2e2e2",
] as const;

/** A part of a text, inside one span or outside all. */
interface Piece {
  text: string;
  span?: TextSpan;
}

/**
 * Shows a text with its labelled stretches in colour, each followed by its label: the names in a sentence, or an answer where it
 * stands.
 *
 * @param text The text.
 * @param spans The stretches, in any order, none over another.
 * @param options A title, and the labels in their order.
 * @throws {RangeError} If a span lies outside the text, is empty, or lies over another.
 *
 * @example
 * ```ts
 * import { spanView } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const view = spanView("Ahab sails.", [{ start: 0, end: 4, label: "person" }]);
 * assert.equal(view.bundle["text/plain"], "[Ahab person] sails.");
 * ```
 */
export function spanView(
  text: string,
  spans: readonly TextSpan[],
  options: SpanViewOptions = {},
): View {
  const pieces = piecesOf(text, spans);
  const { title } = options;
  const labels = [...new Set([...options.labels ?? [], ...spans.map(({ label }) => label)])];
  const groundOf = ({ label }: TextSpan) => GROUNDS[labels.indexOf(label) % GROUNDS.length]!;
  return new DrawnView({
    "text/plain": [
      ...(title ? [title] : []),
      pieces.map(({ text, span }) => span ? `[${text} ${span.label}]` : text).join(""),
    ].join("\n"),
    "text/html": asHtml(pieces, groundOf, title),
    "image/svg+xml": asSvg(pieces, groundOf, title),
  });
}

/**
 * The stretches of words that tags of the schemes IOB describe, as spans of the words joined by spaces; a tag that is no
 * `B-` or `I-` and not `O` labels its own word.
 *
 * @param words The words.
 * @param tags The tag of each.
 * @returns The text and its spans, as {@link spanView} takes them.
 * @throws {RangeError} If there are other numbers of words and tags.
 */
export function spansOfWords(
  words: readonly string[],
  tags: readonly string[],
): { text: string; spans: TextSpan[] } {
  if (words.length !== tags.length) {
    throw new RangeError(
      `Cannot mark the words as each must have a tag: current numbers are ${words.length} words and ${tags.length} tags`,
    );
  }
  const spans: TextSpan[] = [];
  let at = 0;
  let inside = ""; // the label that an I- goes on with
  for (const [i, word] of words.entries()) {
    const [, mark, kind] = /^([BI])-(.+)$/.exec(tags[i]!) ?? [];
    const end = at + word.length;
    if (mark === "I" && kind === inside) spans.at(-1)!.end = end;
    else if (tags[i] !== "O") spans.push({ start: at, end, label: kind ?? tags[i]! });
    inside = kind ?? "";
    at = end + 1;
  }
  return { text: words.join(" "), spans };
}

function piecesOf(text: string, spans: readonly TextSpan[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (!(span.start >= at && span.end > span.start && span.end <= text.length)) {
      throw new RangeError(
        `Cannot show the spans as each must lie in the text, behind the one before: ` +
          `current span is ${span.start} to ${span.end}, the text has ${text.length} characters, the one before ends at ${at}`,
      );
    }
    if (span.start > at) pieces.push({ text: text.slice(at, span.start) });
    pieces.push({ text: text.slice(span.start, span.end), span });
    at = span.end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

function asHtml(
  pieces: readonly Piece[],
  groundOf: (span: TextSpan) => string,
  title?: string,
): string {
  const lines = (text: string) => escape(text).replaceAll("\n", "<br>");
  const parts = pieces.map(({ text, span }) =>
    span
      ? `<span style="background-color:${groundOf(span)};padding:2px 4px;border-radius:4px">${
        lines(text)
      } <span style="font-size:10px;color:${SOFT};` +
        `font-weight:600">${escape(span.label)}</span></span>`
      : lines(text)
  );
  const head = title ? `<div style="font-weight:600">${escape(title)}</div>` : "";
  return `<div style="background-color:#ffffff;color:${INK};padding:8px 10px;border:1px solid ${FAINT};` +
    `border-radius:6px;line-height:2">${head}${parts.join("")}</div>`;
}

/** The same as a drawing, in lines of at most some hundred letters, broken between words. */
function asSvg(
  pieces: readonly Piece[],
  groundOf: (span: TextSpan) => string,
  title?: string,
): string {
  const [letter, small, row, right] = [7.3, 6.2, 25, 740];
  const mono = `font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"`;
  const parts: string[] = [];
  let [x, y] = [12, 16];
  if (title) {
    parts.push(label(x, y + 8, title, { more: 'font-weight="600"' }));
    y += row;
  }
  for (const { text, span } of pieces) {
    const words = text.match(/\n|\p{Script=Han}|(?:(?!\p{Script=Han})\S)+|[^\S\n]+/gu) ?? [];
    for (const [w, word] of words.entries()) {
      const width = columns(word) * letter;
      const name = span && w === words.length - 1 ? span.label : "";
      const whole = width + (name ? columns(name) * small + 6 : 0);
      if (word === "\n" || (x + whole > right && x > 12)) [x, y] = [12, y + row];
      if (word === "\n" || (x === 12 && word.trim() === "" && !name)) continue;
      if (span) {
        parts.push(
          `<rect x="${round(x - 1)}" y="${y - 4}" width="${round(whole + 2)}" height="20" fill="${
            groundOf(span)
          }"/>`,
        );
      }
      parts.push(label(x, y + 10, word, { more: mono }));
      if (name) {
        parts.push(label(x + width + 4, y + 10, name, { fill: SOFT, size: 10 }));
      }
      x += whole;
    }
  }
  return svg(right + 20, y + row, title ?? "Text", parts);
}
