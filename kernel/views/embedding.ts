import type { Tensor } from "../../lib/tensor/mod.ts";
import { PALETTE } from "../charts/figure.ts";
import { DrawnView } from "../drawn_view.ts";
import type { View } from "../view.ts";
import { colourScale, MISSING } from "./colours.ts";
import page from "./embedding_page.js" with { type: "text" };
import { type Dot, scatterPicture } from "./embedding_picture.ts";
import { count, image, short, svgSource } from "./markup.ts";
import { project, type Projection, type ProjectOptions } from "./projection.ts";
import { visible } from "./token_text.ts";

/** How {@link embeddingView} draws. */
export interface EmbeddingViewOptions extends ProjectOptions {
  /** What stands above. @default {what is shown, in words} */
  title?: string;
  /** The name of each point; shown beside it where there is room, and under the mouse. @default {its number} */
  labels?: readonly string[];
  /** The group of each point, which gives it its colour. @default {none} */
  groups?: readonly (string | number)[];
  /** A number for each point, which gives it its colour; not together with `groups`. @default {none} */
  values?: ArrayLike<number>;
}

/**
 * Shows points of many dimensions, such as the vectors of an embedding, as a picture in the plane.
 *
 * @param points `[N, D]`, a tensor or rows of numbers; or a projection that is there already.
 * @param options How they are projected, named and coloured.
 * @throws {RangeError} If there is not one label, group or value for each point, or the points cannot be projected.
 *
 * @example
 * ```ts
 * import { embeddingView } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const view = await embeddingView([[0, 0, 1], [1, 0, 1], [2, 0, 1]], { labels: ["a", "b", "c"] });
 * assert.match(view.bundle["text/plain"], /3 points of 3 dimensions by PCA/);
 * ```
 */
export async function embeddingView(
  points: Tensor | readonly ArrayLike<number>[] | Projection,
  options: EmbeddingViewOptions = {},
): Promise<View> {
  const projection = "method" in points ? points : await project(points, options);
  const { labels, groups, values } = options;
  for (
    const [name, list] of [["labels", labels], ["groups", groups], ["values", values]] as const
  ) {
    if (list && list.length !== projection.points.length) {
      throw new RangeError(
        `Cannot show the points as there must be one of ${name} for each: ` +
          `current numbers are ${projection.points.length} points and ${list.length} ${name}`,
      );
    }
  }
  if (groups && values) {
    throw new RangeError(
      "Cannot show the points as groups and values both give the colour; give one",
    );
  }
  const title = options.title ?? describe(projection);
  const names = [...new Set(groups?.map(String))];
  const numbers = Array.from(values ?? []).filter(Number.isFinite);
  const scale = values && colourScale(
    numbers.length ? Math.min(...numbers) : 0,
    numbers.length ? Math.max(...numbers) : 1,
  );
  const dots: Dot[] = projection.points.map(([x, y], i) => {
    const group = groups && String(groups[i]);
    const value = values?.[i];
    const hint = [labels ? named(labels[i]!) : `point ${i}`];
    if (group !== undefined) hint.push(group);
    if (value !== undefined) hint.push(short(value));
    return {
      x,
      y,
      label: labels && named(labels[i]!),
      hint: hint.join(", "),
      colour: group !== undefined
        ? colourOf(names.indexOf(group))
        : value !== undefined
        ? Number.isFinite(value)
          ? `rgb(${scale!.at(value).join(",")})`
          : `rgb(${MISSING.join(",")})`
        : PALETTE[0]!,
    };
  });
  const picture = scatterPicture(dots, {
    title,
    axes: axesOf(projection),
    legend: names.map((name, i) => [name, colourOf(i)] as const),
    ...(scale && { scale }),
  });
  const text = [
    describe(projection),
    ...(names.length ? [`groups: ${names.join(", ")}`] : []),
    plot(dots),
  ];
  return new DrawnView({
    "text/plain": text.join("\n"),
    "text/html": [
      `<div data-tome-points>${image(svgSource(picture), describe(projection))}</div>`,
      `<script>${page}</script>`,
    ].join("\n"),
    "image/svg+xml": picture,
  });
}

/** A label; white space is made visible at its ends, where it tells tokens apart. */
function named(label: string): string {
  return label.split(/(?<=\S) (?=\S)/).map(visible).join(" ");
}

/** The colour of a group; the palette first, then hues that lie far apart. */
function colourOf(i: number): string {
  return PALETTE[i] ?? `hsl(${Math.round((i * 137.508) % 360)},55%,45%)`;
}

function describe({ method, dimensions, points, explained }: Projection): string {
  const name = { pca: "PCA", tsne: "t-SNE", umap: "UMAP" }[method];
  const many = `${count(points.length)} point${points.length === 1 ? "" : "s"}`;
  const share = explained
    ? `, ${percent(explained[0] + explained[1])} of the variance`
    : "; distances between groups mean little";
  return `${many} of ${count(dimensions)} dimensions by ${name}${share}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function axesOf({ explained }: Projection): [string, string] {
  if (!explained) return ["", ""];
  return [
    `component 1 (${percent(explained[0])} of the variance)`,
    `component 2 (${percent(explained[1])})`,
  ];
}

/** The points as characters: braille dots. */
function plot(dots: readonly Dot[], width = 60, height = 15): string {
  const [xs, ys] = [dots.map(({ x }) => x), dots.map(({ y }) => y)];
  const place = (value: number, all: number[], cells: number) => {
    const [low, high] = [Math.min(...all), Math.max(...all)];
    return high > low ? Math.round((value - low) / (high - low) * (cells - 1)) : cells >> 1;
  };
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  const bits = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
  for (const { x, y } of dots) {
    const column = place(x, xs, 2 * width), row = 4 * height - 1 - place(y, ys, 4 * height);
    cells[row >> 2]![column >> 1]! |= bits[row & 3]![column & 1]!;
  }
  return cells.map((row) =>
    [...row].map((v) => v ? String.fromCharCode(0x2800 + v) : " ").join("").trimEnd()
  ).join("\n");
}
