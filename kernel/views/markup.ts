import { encode } from "fast-png";
import { escape } from "../view.ts";
import { table } from "../../lib/tensor/mod.ts";

/** The font of every picture. */
export const FONT: string = "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";

/** Colours of every picture; a picture brings its own white ground, and so is legible on any page. */
export const INK = "#1f2328", SOFT = "#57606a", FAINT = "#d0d7de", BLUE = "#0072b2";

/** Pixels, row by row, the channels of a pixel side by side. */
export interface Raster {
  /** Pixels across. */
  width: number;
  /** Pixels down. */
  height: number;
  /** 1 for grey, 3 for colour, 4 for colour and opacity. */
  channels: 1 | 3 | 4;
  /** `height × width × channels` values from 0 to 255. */
  data: Uint8Array;
}

/** A PNG file of some pixels, in base64. */
export function png({ width, height, channels, data }: Raster): string {
  return encode({ width, height, channels, data, depth: 8 }).toBase64();
}

/** An address that holds the picture itself. */
export function pngSource(base64: string): string {
  return `data:image/png;base64,${base64}`;
}

/** An address that holds the drawing itself. */
export function svgSource(svg: string): string {
  return `data:image/svg+xml;base64,${new TextEncoder().encode(svg).toBase64()}`;
}

/** A picture in a page; every front end shows it, scripts or not. */
export function image(source: string, alt: string, style = ""): string {
  return `<img alt="${escape(alt)}" src="${source}" style="max-width:100%;${style}">`;
}

/** A drawing on white ground. */
export function svg(
  width: number,
  height: number,
  title: string,
  parts: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" font-family="${FONT}" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#fff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** Text in a drawing. */
export function label(
  x: number,
  y: number,
  text: string,
  { anchor = "start", fill = INK, size = 12, more = "" } = {},
): string {
  return `<text x="${round(x)}" y="${
    round(y)
  }" text-anchor="${anchor}" font-size="${size}" fill="${fill}"${more && ` ${more}`}>${
    escape(text)
  }</text>`;
}

/** A number with at most two digits after the point, for places in a drawing. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Which way the texts of a column are set. */
export type Align = "left" | "right";

/** Rows as a table that takes its colours from the page. */
export function htmlTable(
  rows: readonly (readonly string[])[],
  { head, align = [] }: { head?: readonly string[]; align?: readonly Align[] } = {},
): string {
  const cell = (tag: string, text: string, i: number, more: string) =>
    `<${tag} style="text-align:${align[i] ?? "left"};padding:.15em .9em .15em 0;${more}">${
      escape(text)
    }</${tag}>`;
  const line = "border-top:1px solid rgba(128,128,128,.3);vertical-align:top;";
  const first = head
    ? `<thead><tr>${
      head.map((text, i) => cell("th", text, i, "font-weight:600;opacity:.75;")).join("")
    }</tr></thead>`
    : "";
  const body = rows.map((row) =>
    `<tr>${
      row.map((text, i) =>
        i === 0 && !head
          ? cell("th", text, i, `${line}font-weight:500;opacity:.75;`)
          : cell("td", text, i, line)
      ).join("")
    }</tr>`
  );
  return `<table style="border-collapse:collapse;background:transparent;color:inherit">${first}<tbody>${
    body.join("\n")
  }</tbody></table>`;
}

/** Rows as text, columns below one another. */
export function textTable(
  rows: readonly (readonly string[])[],
  { head, align = [] }: { head?: readonly string[]; align?: readonly Align[] } = {},
): string {
  const all = head ? [head, ...rows] : rows;
  const widths = (all[0] ?? []).map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const set = all.map((row) =>
    row.map((text, i) => align[i] === "right" ? text.padStart(widths[i]!) : text)
  );
  return head ? table(set.slice(1), { head: set[0]! })["text/plain"] : table(set)["text/plain"];
}

/** A title and what stands below it, in the colours of the page. */
export function card(title: string, parts: readonly string[]): string {
  return `<div style="color:inherit;line-height:1.5"><div style="font-weight:600;margin-bottom:.3em">${
    escape(title)
  }</div>${parts.join("\n")}</div>`;
}

/** A paragraph of plain words. */
export function note(text: string): string {
  return `<div style="opacity:.75;font-size:.92em">${escape(text)}</div>`;
}

/** Text in its own lines and columns. */
export function pre(text: string): string {
  return `<pre style="color:inherit;background:transparent;overflow:auto;max-height:24em;margin:.4em 0">${
    escape(text)
  }</pre>`;
}

/** Text as a drawing, for readers who see neither text nor tables; long texts are cut. */
export function textPicture(text: string, title: string): string {
  const all = text.split("\n");
  const lines = all.length > 60 ? [...all.slice(0, 59), `… ${all.length - 59} more lines`] : all;
  const cut = lines.map((line) => line.length > 160 ? `${line.slice(0, 159)}…` : line);
  const width = Math.ceil(24 + 7.3 * Math.max(12, ...cut.map((line) => line.length)));
  const more =
    `font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" xml:space="preserve"`;
  const parts = cut.map((line, i) => label(12, 22 + 17 * i, line, { more }));
  return svg(width, 17 * cut.length + 20, title, parts);
}

/** A count with separators. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Bytes in the unit that suits them. */
export function bytes(value: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (value >= 1024 && i < units.length - 1) [value, i] = [value / 1024, i + 1];
  return i === 0 ? `${value} bytes` : `${value.toFixed(value < 10 ? 2 : 1)} ${units[i]}`;
}

/** A number in about `digits` significant digits; whole numbers in full. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return "-0";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return value.toExponential(digits - 1).replace(/\.?0+e/, "e");
  if (size >= 10 ** digits) return String(Math.round(value));
  return String(Number(value.toPrecision(digits)));
}
