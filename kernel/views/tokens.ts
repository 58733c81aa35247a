import { DrawnView } from "../drawn_view.ts";
import { escape, type View } from "../view.ts";
import { type Colour, colourScale } from "./colours.ts";
import { FAINT, INK, label, note, round, short, SOFT, svg, textTable } from "./markup.ts";
import { columns, visible } from "./token_text.ts";

/** How {@link tokenView} draws. */
export interface TokenViewOptions {
  /** What stands above. @default {none} */
  title?: string;
  /** The number of each token. @default {none} */
  ids?: ArrayLike<number>;
  /** One number a token, which gives it its colour; NaN leaves it white. @default {none} */
  values?: ArrayLike<number>;
  /**
   * What the numbers mean: a `"probability"` in 0…1, a `"loss"` in nats, or an `"attribution"` of either sign.
   * Without numbers, equal tokens have equal colours.
   *
   * @default {"loss"}
   */
  by?: "probability" | "loss" | "attribution";
}

/** A token as it is drawn. */
interface Painted {
  text: string;
  hint: string;
  ground: string;
  ink: string;
  breaks: boolean;
}

/** What the colours mean: from which number, to which, and the colour of each between. */
interface Legend {
  name: string;
  low: number;
  high: number;
  at: (value: number) => Colour;
}

const WHITE: Colour = [255, 255, 255];
/** The far ends of one-sided scales. */
const ENDS = { probability: [0, 114, 178], loss: [213, 94, 0] } as const;
const STEPS = 9;

/**
 * Shows the tokens of a text, each in a colour: by its id, or by a number such as its loss.
 *
 * White space is made visible, and the mouse shows the position, the id and the number of a token.
 *
 * @param tokens The text of each token.
 * @param options Ids, numbers and what they mean.
 * @throws {RangeError} If there is not one id, or one number, for each token.
 *
 * @example
 * ```ts
 * import { tokenView } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const view = tokenView(["The", " cat"], { values: [NaN, 3.25], by: "loss" });
 * assert.match(view.bundle["text/plain"], /·cat +3\.25/);
 * ```
 */
export function tokenView(tokens: readonly string[], options: TokenViewOptions = {}): View {
  const { title, ids, values, by = "loss" } = options;
  for (const [name, list] of [["ids", ids], ["values", values]] as const) {
    if (list && list.length !== tokens.length) {
      throw new RangeError(
        `Cannot show the tokens as there must be one of ${name} for each: ` +
          `current numbers are ${tokens.length} tokens and ${list.length} ${name}`,
      );
    }
  }
  const legend = values && legendOf(values, by);
  const painted = tokens.map((token, i) => paintToken(token, i, options, legend));
  return new DrawnView({
    "text/plain": asText(tokens, options),
    "text/html": asHtml(painted, title, legend),
    "image/svg+xml": asSvg(painted, title, legend),
  });
}

function legendOf(values: ArrayLike<number>, by: "probability" | "loss" | "attribution"): Legend {
  const finite = Array.from(values).filter(Number.isFinite);
  if (by === "attribution") {
    const most = Math.max(0, ...finite.map(Math.abs)) || 1;
    return { name: by, low: -most, high: most, at: colourScale(-most, most).at };
  }
  const end = ENDS[by];
  const high = by === "probability" ? 1 : Math.max(0, ...finite) || 1;
  const at = (value: number): Colour => {
    const share = Math.min(1, Math.max(0, value / high));
    const mix = (k: 0 | 1 | 2) => Math.round(WHITE[k] + (end[k] - WHITE[k]) * share);
    return [mix(0), mix(1), mix(2)];
  };
  return { name: by === "loss" ? "loss (nats)" : by, low: 0, high, at };
}

function paintToken(
  token: string,
  i: number,
  { ids, values, by = "loss" }: TokenViewOptions,
  legend: Legend | undefined,
): Painted {
  const value = values?.[i];
  const hint = [`position ${i}`, quoted(token)];
  if (ids) hint.push(`id ${ids[i]}`);
  if (value !== undefined) {
    hint.push(Number.isNaN(value) ? `no ${by}` : `${by} ${short(value)}`);
    if (by === "loss" && Number.isFinite(value)) {
      hint.push(`probability ${short(Math.exp(-value))}`);
    }
  }
  const ground = !legend
    ? pastel(ids ? ids[i]! : hash(token))
    : Number.isNaN(value)
    ? WHITE
    : legend.at(value!);
  return {
    text: visible(token),
    hint: hint.join(", "),
    ground: hex(ground),
    ink: inkOn(ground),
    breaks: token.includes("\n"),
  };
}

/** A token in quotes, as in a program; what has no width is its code. */
function quoted(token: string): string {
  const code = (c: string) => `\\u{${c.codePointAt(0)!.toString(16)}}`;
  return JSON.stringify(token).replace(/[\u007f-\u00a0\u00ad\p{Cf}\u2028\u2029]/gu, code);
}

/** A light colour for a number; neighbours lie far apart. */
function pastel(id: number): Colour {
  const hue = (id * 137.508) % 360;
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (0.85 - 0.12 * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function hash(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 31) + text.charCodeAt(i)) >>> 0;
  return h % 10_007;
}

function hex(colour: Colour): string {
  return `#${colour.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}

function inkOn([r, g, b]: Colour): string {
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? INK : "#ffffff";
}

function* stations({ low, high, at }: Legend): Generator<string> {
  for (let i = 0; i < STEPS; i++) yield hex(at(low + (high - low) * i / (STEPS - 1)));
}

function asText(tokens: readonly string[], { title, ids, values, by = "loss" }: TokenViewOptions) {
  const lines = title ? [title] : [];
  if (!values) {
    lines.push(tokens.map(visible).join("|"));
    if (ids) lines.push(Array.from(ids).join(" "));
    return lines.join("\n");
  }
  const shown = tokens.slice(0, 60);
  const rows = shown.map((token, i) => [
    String(i),
    ...(ids ? [String(ids[i])] : []),
    visible(token),
    Number.isNaN(values[i]!) ? "–" : short(values[i]!),
  ]);
  const head = ["", ...(ids ? ["id"] : []), "token", by];
  const align = head.map((name) => name === "token" ? "left" as const : "right" as const);
  lines.push(textTable(rows, { head, align }));
  if (tokens.length > shown.length) lines.push(`… ${tokens.length - shown.length} more tokens`);
  return lines.join("\n");
}

function asHtml(painted: readonly Painted[], title?: string, legend?: Legend): string {
  const spans = painted.map(({ text, hint, ground, ink, breaks }) =>
    `<span title="${
      escape(hint)
    }" style="background-color:${ground};color:${ink};padding:2px 1px;` +
    `border-radius:3px;border:1px solid ${FAINT}">${escape(text)}</span>${breaks ? "<br>" : ""}`
  );
  const parts = [
    `<div style="background-color:#ffffff;color:${INK};padding:8px 10px;border-radius:6px;line-height:1.9">`,
  ];
  if (title) parts.push(`<div style="font-weight:600">${escape(title)}</div>`);
  parts.push(
    `<div style="font-family:monospace;overflow-wrap:anywhere">${spans.join("<wbr>")}</div>`,
  );
  if (legend) {
    const bar = [...stations(legend)].map((colour) =>
      `<span style="background-color:${colour};padding:0 8px">&nbsp;</span>`
    );
    parts.push(
      `<div style="font-size:12px;color:${SOFT}">${escape(legend.name)}&ensp;${
        escape(short(legend.low))
      } ${bar.join("")} ${escape(short(legend.high))}</div>`,
    );
  } else if (painted.length === 0) parts.push(note("no tokens"));
  parts.push("</div>");
  return parts.join("\n");
}

/** The same as a drawing, in lines of at most some ninety letters. */
function asSvg(painted: readonly Painted[], title?: string, legend?: Legend): string {
  const [letter, row, right] = [7.3, 24, 700];
  const parts: string[] = [];
  let [x, y] = [12, 14];
  if (title) {
    parts.push(label(x, y + 8, title, { more: 'font-weight="600"' }));
    y += row;
  }
  const mono = `font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"`;
  for (const { text, hint, ground, ink, breaks } of painted) {
    const width = columns(text) * letter + 4;
    if (x + width > right && x > 12) [x, y] = [12, y + row];
    parts.push(
      `<g><title>${escape(hint)}</title><rect x="${round(x)}" y="${y - 4}" width="${
        round(width)
      }" height="19" rx="3" fill="${ground}" stroke="${FAINT}"/>${
        label(x + 2, y + 10, text, { fill: ink, more: mono })
      }</g>`,
    );
    x += width + 1;
    if (breaks) [x, y] = [12, y + row];
  }
  if (legend) {
    y += row + 6;
    const low = `${legend.name}  ${short(legend.low)}`;
    let left = 20 + low.length * 6.4;
    parts.push(label(12, y + 8, low, { fill: SOFT }));
    for (const colour of stations(legend)) {
      parts.push(`<rect x="${round(left)}" y="${y - 3}" width="16" height="14" fill="${colour}"/>`);
      left += 16;
    }
    parts.push(label(left + 6, y + 8, short(legend.high), { fill: SOFT }));
  }
  return svg(right + 20, y + row, title ?? "Tokens", parts);
}
