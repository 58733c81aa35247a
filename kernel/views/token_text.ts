/**
 * Makes the invisible in a token visible: a space is `·`, a line feed `↵`, a tab `⇥`, another control character its
 * picture, and what has no width its code.
 */
export function visible(token: string): string {
  if (token === "") return "∅";
  return token
    .replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll("\r", "␍")
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x1f]/g, (c) => String.fromCodePoint(0x2400 + c.charCodeAt(0)))
    .replaceAll("\x7f", "␡").replaceAll("\u00a0", "⍽").replaceAll("\u3000", "□")
    .replace(
      /[\u0080-\u009f\u00ad\p{Cf}\u2028\u2029]/gu,
      (c) => `‹U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}›`,
    );
}

/** The columns that a text takes in a font whose letters are equally wide; Chinese characters take two. */
export function columns(text: string): number {
  let sum = 0;
  for (const c of text) {
    if (/\p{M}/u.test(c)) continue;
    const code = c.codePointAt(0)!;
    const wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300;
    sum += wide ? 2 : 1;
  }
  return sum;
}

/** A text in at most so many columns; what is cut off becomes `…`. */
export function fit(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let cut = "", used = 1;
  for (const c of text) {
    used += columns(c);
    if (used > width) break;
    cut += c;
  }
  return `${cut}…`;
}
