/** How many columns of a terminal a text takes: Chinese, Japanese and Korean characters take two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const c of text) width += wide(c) ? 2 : 1;
  return width;
}

/** A text in exactly some columns: cut with an ellipsis, or filled up on the left. */
export function fit(text: string, columns: number): string {
  if (textWidth(text) <= columns) return " ".repeat(columns - textWidth(text)) + text;
  let kept = "";
  for (const c of text) {
    if (textWidth(kept + c) > columns - 1) break;
    kept += c;
  }
  return fit(kept + "…", columns);
}

function wide(c: string): boolean {
  const code = c.codePointAt(0)!;
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) || code >= 0x1f300;
}
