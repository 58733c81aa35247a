import { PALETTE } from "../charts/figure.ts";
import { FAINT, label, round, SOFT, svg } from "./markup.ts";
import type { ReadGroup } from "./attention_data.ts";
import { columns, fit } from "./token_text.ts";

const MONO = `font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"`;

/** Lines of about equal opacity, as the parts of one path. */
type Strokes = Map<number, string[]>;

/** The lines of one head, or of the mean of all, by opacity; weights below `least` are left out. */
function strokes(
  group: ReadGroup,
  layer: number,
  head: number | undefined,
  place: { x: number; y: number; width: number; row: number },
  levels: number,
  least: number,
): Strokes {
  const found: Strokes = new Map();
  for (let t = 0; t < group.T; t++) {
    for (let s = 0; s < group.S; s++) {
      const weight = group.at(layer, head, t, s);
      if (!(weight >= least)) continue;
      const opacity = Math.ceil(Math.min(1, weight) * levels) / levels;
      const from = `${round(place.x)} ${round(place.y + (t + 0.5) * place.row)}`;
      const to = `${round(place.x + place.width)} ${round(place.y + (s + 0.5) * place.row)}`;
      if (!found.has(opacity)) found.set(opacity, []);
      found.get(opacity)!.push(`M${from}L${to}`);
    }
  }
  return found;
}

function paths(found: Strokes, colour: string, width: number): string[] {
  return [...found].sort(([a], [b]) => a - b).map(([opacity, parts]) =>
    `<path d="${
      parts.join("")
    }" fill="none" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity}"/>`
  );
}

/** Two columns of tokens, with lines as strong as the weights of one head, or of the mean of all. */
export function headPicture(
  group: ReadGroup,
  layer: number,
  head: number | undefined,
  title: string,
): string {
  const [row, gap, letter] = [18, 200, 7.3];
  const queries = group.queries.map((token) => fit(token, 24));
  const keys = group.keys.map((token) => fit(token, 24));
  const left = 16 + letter * Math.max(3, ...queries.map(columns));
  const right = 16 + letter * Math.max(3, ...keys.map(columns));
  const head0 = 44;
  const found = strokes(group, layer, head, { x: left, y: head0, width: gap, row }, 20, 0.02);
  const caption = `${group.layers[layer]}, ${
    head === undefined ? `mean of ${group.heads} heads` : `head ${head}`
  }`;
  const width = Math.max(left + gap + right, 24 + 6.6 * Math.max(title.length, caption.length));
  const text = (x: number, i: number, token: string, anchor: string) =>
    label(x, head0 + (i + 0.5) * row + 4, token, { anchor, more: MONO });
  return svg(Math.ceil(width), head0 + row * Math.max(group.T, group.S) + 10, title, [
    label(12, 18, title, { more: 'font-weight="600"' }),
    label(12, 34, caption, { size: 11, fill: SOFT }),
    ...paths(found, PALETTE[(head ?? 0) % PALETTE.length]!, 1.6),
    ...queries.map((token, i) => text(left - 6, i, token, "end")),
    ...keys.map((token, i) => text(left + gap + 6, i, token, "start")),
  ]);
}

/** A small picture of each head, layers down and heads across. */
export function modelPicture(group: ReadGroup, title: string): string {
  const { heads, layers, T, S } = group;
  const size = heads > 12 ? 40 : 60;
  const high = size * Math.min(1.5, Math.max(0.75, Math.max(T, S) / 14));
  const [left, top, pad] = [58, 50, 8];
  const few = layers.length * heads * T * S <= 20_000;
  const parts = [label(12, 18, title, { more: 'font-weight="600"' })];
  for (let head = 0; head < heads; head++) {
    const x = left + head * (size + pad);
    parts.push(label(x + size / 2, 42, `head ${head}`, { anchor: "middle", size: 10, fill: SOFT }));
  }
  for (let layer = 0; layer < layers.length; layer++) {
    const y = top + layer * (high + pad);
    parts.push(
      label(left - 8, y + high / 2 + 4, `layer ${layer}`, { anchor: "end", size: 10, fill: SOFT }),
    );
    for (let head = 0; head < heads; head++) {
      const x = left + head * (size + pad);
      const row = high / Math.max(T, S);
      parts.push(
        `<rect x="${x - 2}" y="${round(y - 2)}" width="${size + 4}" height="${
          round(high + 4)
        }" rx="4" fill="none" stroke="${FAINT}"/>`,
        ...paths(
          strokes(group, layer, head, { x, y, width: size, row }, few ? 8 : 4, few ? 0.04 : 0.1),
          PALETTE[head % PALETTE.length]!,
          round(Math.min(2, Math.max(0.6, row / 8))),
        ),
      );
    }
  }
  const width = Math.max(left + heads * (size + pad) + 8, 24 + 6.8 * title.length);
  return svg(Math.ceil(width), Math.ceil(top + layers.length * (high + pad) + 6), title, parts);
}
