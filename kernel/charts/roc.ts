import type { View } from "../view.ts";
import { chart } from "./chart.ts";
import { type Figure, type LineTrace, PALETTE } from "./figure.ts";
import { precisionRecallCurve, type Ranking, rocCurve } from "./ranking.ts";
import { linear } from "./values.ts";

/** How {@link rocFigure} and {@link precisionRecallFigure} draw. */
export interface RankingOptions {
  /** The title. @default {""} */
  title?: string;
}

/**
 * Draws the ROC curves of classifiers of two classes as a plotly figure, with the area under each in the legend.
 *
 * @param rankings Scores and truths of each classifier.
 * @param options The title.
 * @throws {RangeError} If there are more or fewer targets than scores, a score is NaN, or a class is missing.
 *
 * @example
 * ```ts
 * import { rocFigure } from "@tome/tome/display";
 * import assert from "node:assert/strict";
 *
 * const figure = rocFigure({ model: { scores: [0.9, 0.8, 0.4, 0.1], targets: [1, 0, 1, 0] } });
 * assert.equal(figure.data[0]!.name, "model (AUC 0.750)");
 * ```
 */
export function rocFigure(
  rankings: Readonly<Record<string, Ranking>>,
  options: RankingOptions = {},
): Figure<LineTrace> {
  const curves = Object.entries(rankings).map(([name, ranking], i) => {
    const { points, area } = rocCurve(ranking);
    return line(`${name} (AUC ${area.toFixed(3)})`, points, PALETTE[i % PALETTE.length]!);
  });
  return square(
    [...curves, dotted("by chance (AUC 0.500)", [[0, 0], [1, 1]])],
    "false positive rate",
    "true positive rate",
    options,
  );
}

/**
 * Draws the precision–recall curves of classifiers of two classes as a plotly figure, with the average precision of each in
 * the legend.
 *
 * @param rankings Scores and truths of each classifier.
 * @param options The title.
 * @throws {RangeError} If there are more or fewer targets than scores, a score is NaN, or there is no positive.
 */
export function precisionRecallFigure(
  rankings: Readonly<Record<string, Ranking>>,
  options: RankingOptions = {},
): Figure<LineTrace> {
  const curves = Object.entries(rankings).map(([name, ranking], i) => {
    const { points, area } = precisionRecallCurve(ranking);
    return line(`${name} (AP ${area.toFixed(3)})`, points, PALETTE[i % PALETTE.length]!);
  });
  const shares = new Set(
    Object.values(rankings).map(({ targets }) =>
      Array.from(targets, Number).reduce((sum, one) => sum + (one ? 1 : 0), 0) / targets.length
    ),
  );
  const chance = [...shares].map((share) =>
    dotted(`by chance (AP ${share.toFixed(3)})`, [[0, share], [1, share]])
  );
  return square([...curves, ...chance], "recall", "precision", options);
}

/**
 * Draws ROC curves as a view: a picture in a notebook, characters in a terminal.
 *
 * @param rankings Scores and truths of each classifier.
 * @param options The title.
 */
export function rocChart(
  rankings: Readonly<Record<string, Ranking>>,
  options: RankingOptions = {},
): View {
  return chart(rocFigure(rankings, options));
}

/**
 * Draws precision–recall curves as a view: a picture in a notebook, characters in a terminal.
 *
 * @param rankings Scores and truths of each classifier.
 * @param options The title.
 */
export function precisionRecallChart(
  rankings: Readonly<Record<string, Ranking>>,
  options: RankingOptions = {},
): View {
  return chart(precisionRecallFigure(rankings, options));
}

function line(
  name: string,
  points: readonly (readonly [number, number])[],
  color: string,
): LineTrace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: points.map(([x]) => x),
    y: points.map(([, y]) => y),
    line: { color, width: 2 },
    marker: { color, size: 6 },
  };
}

function dotted(name: string, points: readonly (readonly [number, number])[]): LineTrace {
  const trace = line(name, points, "#8c959f");
  return { ...trace, line: { ...trace.line, dash: "dot" } };
}

function square(data: LineTrace[], x: string, y: string, options: RankingOptions) {
  return {
    data,
    layout: {
      title: { text: options.title ?? "" },
      xaxis: { ...linear(x), range: [0, 1] as [number, number] },
      yaxis: { ...linear(y), range: [0, 1.02] as [number, number] },
      showlegend: true,
    },
  };
}
