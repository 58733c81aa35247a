/**
 * How stretches of tokens are written as tags: `IOB1` begins a stretch with `B-` only after another of its kind, `IOB2`
 * always, and `BIOES` also marks the last token (`E-`) and stretches of one (`S-`).
 */
export type TagScheme = "IOB1" | "IOB2" | "BIOES";

/** A stretch of tokens that has a name, such as a person. */
export interface TagSpan {
  /** What it is. */
  kind: string;
  /** Its first token. */
  start: number;
  /** One behind its last token. */
  end: number;
}

/**
 * The stretches that tags describe.
 *
 * @param tags A tag for each token; `O` for those outside.
 * @param scheme How they are written.
 * @throws {SyntaxError} If a tag has no meaning, or may not follow the one before it; the message says which.
 * @see Ramshaw and Marcus, 1995, "Text Chunking using Transformation-Based Learning", https://arxiv.org/abs/cmp-lg/9505040
 */
export function spansOfTags(tags: readonly string[], scheme: TagScheme): TagSpan[] {
  const spans: TagSpan[] = [];
  let open: TagSpan | undefined;
  const refuse = (i: number, why: string) => {
    throw new SyntaxError(
      `Cannot read the tags as ${scheme} as ${why}: current tag ${i} is ${JSON.stringify(tags[i])}${
        i > 0 ? `, after ${JSON.stringify(tags[i - 1])}` : ""
      }`,
    );
  };
  for (const [i, tag] of tags.entries()) {
    const [, mark, kind] = tag.match(/^([BIES])-(.+)$/s) ?? [];
    if (tag !== "O" && (!mark || (scheme !== "BIOES" && /[ES]/.test(mark)))) {
      refuse(
        i,
        `a tag must be O, or ${scheme === "BIOES" ? "B-, I-, E- or S-" : "B- or I-"} and a name`,
      );
    }
    const goesOn: boolean = open !== undefined && kind === open.kind && /[IE]/.test(mark!);
    if (goesOn) {
      open!.end = i + 1;
      if (mark === "E") open = undefined;
      continue;
    }
    if (open && scheme === "BIOES") refuse(i, "a stretch must end with E-");
    open = undefined;
    if (tag === "O") continue;
    if (/[IE]/.test(mark!) && scheme !== "IOB1") refuse(i, "a stretch must begin with B-");
    const span: TagSpan = { kind: kind!, start: i, end: i + 1 };
    spans.push(span);
    open = mark === "S" ? undefined : span;
  }
  if (open && scheme === "BIOES") refuse(tags.length - 1, "a stretch must end with E-");
  return spans;
}

/**
 * Writes stretches as tags.
 *
 * @param spans The stretches, in order, none over another.
 * @param length The number of tokens.
 * @param scheme How they are written.
 */
export function tagsOfSpans(
  spans: readonly TagSpan[],
  length: number,
  scheme: TagScheme,
): string[] {
  const tags: string[] = new Array(length).fill("O");
  for (const [s, { kind, start, end }] of spans.entries()) {
    const touches = spans[s - 1]?.end === start && spans[s - 1]!.kind === kind;
    for (let i = start; i < end; i++) tags[i] = `I-${kind}`;
    if (scheme === "BIOES") {
      tags[end - 1] = `E-${kind}`;
      tags[start] = `${end - start === 1 ? "S" : "B"}-${kind}`;
    } else if (scheme === "IOB2" || touches) tags[start] = `B-${kind}`;
  }
  return tags;
}

/**
 * Writes tags of one scheme in another.
 *
 * @example
 * ```ts
 * import { convertTags } from "@tome/tome/data";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(convertTags(["I-LOC", "I-LOC", "B-LOC", "O"], "IOB1", "BIOES"), ["B-LOC", "E-LOC", "S-LOC", "O"]);
 * ```
 * @throws {SyntaxError} If the tags are not of the first scheme.
 */
export function convertTags(tags: readonly string[], from: TagScheme, to: TagScheme): string[] {
  return tagsOfSpans(spansOfTags(tags, from), tags.length, to);
}
