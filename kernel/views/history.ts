import type { History, StepRecord } from "../../lib/train/mod.ts";
import { lineChart, lineFigure, type LineOptions, type Series } from "../charts/line.ts";
import { renderSvg } from "../charts/render/svg.ts";
import { DrawnView } from "../drawn_view.ts";
import type { MediaBundle, View } from "../view.ts";
import { card, count, htmlTable, short, textTable } from "./markup.ts";

/** How {@link historyView} draws. */
export interface HistoryViewOptions {
  /** The title. @default {"Training"} */
  title?: string;
  /** The most points of a curve; a longer one keeps the least and the greatest of each stretch. @default {1000} */
  points?: number;
  /** Whether equal steps upwards in the loss are equal ratios. @default {false} */
  logY?: boolean;
}

/** Whether a value is the history of a training run. */
export function isHistory(value: unknown): value is History {
  return Array.isArray(value) &&
    Array.isArray((value as Partial<History>).evaluations) &&
    Array.isArray((value as Partial<History>).checkpoints);
}

/**
 * Shows a training run: the curves of the loss with its validations, of the other measures and of the learning rate, and a
 * table of how it went.
 *
 * @param history What `Trainer.fit` returned.
 * @param options Title and scale.
 */
export function historyView(history: History, options: HistoryViewOptions = {}): View {
  const { title = "Training", points = 1000, logY = false } = options;
  const charts: [Series, LineOptions][] = [];
  const validations = evaluationsOf(history, (metric) => metric === "loss", points);
  charts.push([
    { loss: thinned(history.map((r) => [r.step, r.loss]), points), ...validations },
    { x: "step", y: "loss (nats)", logY, marked: Object.keys(validations) },
  ]);
  const measures = evaluationsOf(history, (metric) => metric !== "loss", points);
  const names = Object.keys(measures);
  if (names.length) {
    const y = names.length === 1 ? names[0]! : "measure";
    charts.push([measures, { x: "step", y, marked: names }]);
  }
  charts.push([
    { lr: thinned(history.map((r) => [r.step, r.lr]), points) },
    { x: "step", y: "learning rate" },
  ]);
  const rows = factsOf(history);
  const drawn = history.length || history.evaluations.length ? charts : [];
  const views = drawn.map(([series, options]) => lineChart(series, options));
  return new Curves(views, {
    "text/plain": [title, ...views.slice(0, 1).map(String), textTable(rows)].join("\n"),
    "text/html": page(title, views.map((view) => view.bundle), rows),
    "image/svg+xml": renderSvg(lineFigure(charts[0]![0], { ...charts[0]![1], title })),
  }, (bundles) => page(title, bundles, rows));
}

function page(title: string, charts: readonly MediaBundle[], rows: [string, string][]): string {
  return card(title, [
    ...charts.map((bundle) => `<div style="margin:.4em 0">${bundle["text/html"]}</div>`),
    htmlTable(rows),
  ]);
}

/** Charts with words around them; a notebook is sent what each of the charts sends it. */
class Curves extends DrawnView {
  readonly #charts: readonly View[];
  readonly #page: (charts: readonly MediaBundle[]) => string;

  constructor(
    charts: readonly View[],
    bundle: MediaBundle,
    page: (charts: readonly MediaBundle[]) => string,
  ) {
    super(bundle);
    this.#charts = charts;
    this.#page = page;
  }

  override async display(): Promise<MediaBundle> {
    const bundles = await Promise.all(this.#charts.map((chart) => chart.display()));
    return { ...await super.display(), "text/html": this.#page(bundles) };
  }
}

/** The validations by name, or by name and measure where it is not the loss. */
function evaluationsOf(
  { evaluations }: History,
  wanted: (metric: string) => boolean,
  points: number,
): Series {
  const series: Record<string, [number, number][]> = {};
  for (const { step, name, metrics } of evaluations) {
    for (const [metric, value] of Object.entries(metrics)) {
      if (!wanted(metric)) continue;
      (series[metric === "loss" ? name : `${name} ${metric}`] ??= []).push([step, value]);
    }
  }
  return Object.fromEntries(
    Object.entries(series).map(([name, line]) => [name, thinned(line, points)]),
  );
}

/**
 * At most about `points` points of a line: of each stretch its least and its greatest, so that a spike is not lost; a value
 * that is not finite is kept too, as it leaves a gap.
 */
export function thinned(line: [number, number][], points: number): [number, number][] {
  if (line.length <= points) return line;
  const stretch = Math.ceil(2 * line.length / points);
  const kept: [number, number][] = [];
  for (let from = 0; from < line.length; from += stretch) {
    const part = line.slice(from, from + stretch);
    const finite = part.filter(([, y]) => Number.isFinite(y)).sort(([, a], [, b]) => a - b);
    const lost = part.find(([, y]) => !Number.isFinite(y));
    const ends = [finite[0], finite.at(-1), lost].filter((point) => point !== undefined);
    kept.push(...[...new Set(ends)].sort(([a], [b]) => a - b));
  }
  return kept;
}

function factsOf(history: History): [string, string][] {
  const last = history.at(-1);
  const lost = history.filter((r) => !Number.isFinite(r.loss)).length;
  const best = (history as readonly StepRecord[]).filter((r) => Number.isFinite(r.loss))
    .reduce<StepRecord | undefined>((a, b) => a && a.loss <= b.loss ? a : b, undefined);
  const millis = history.reduce((sum, r) => sum + r.millis, 0);
  const tokens = history.reduce((sum, r) => sum + r.tokens, 0);
  const rows: [string, string][] = [["steps", count(history.length)]];
  if (last && best) rows.push(["least loss", `${short(best.loss)} at step ${best.step}`]);
  if (last) {
    rows.push(
      ["last loss", `${short(last.loss)} at step ${last.step}`],
      ["learning rate", short(last.lr)],
      [
        "tokens or examples",
        `${count(tokens)}, ${count(Math.round(tokens / Math.max(millis, 1e-3) * 1000))} a second`,
      ],
      ["time of the steps", `${(millis / 1000).toFixed(1)} s`],
    );
  }
  if (lost) rows.push(["steps whose loss is not finite", count(lost)]);
  for (const name of new Set(history.evaluations.map((e) => e.name))) {
    const all = history.evaluations.filter((e) => e.name === name);
    for (const [metric, value] of Object.entries(all.at(-1)!.metrics)) {
      rows.push([
        `last ${name}${metric === "loss" ? "" : ` ${metric}`}`,
        `${short(value)} at step ${all.at(-1)!.step}`,
      ]);
    }
  }
  if (history.checkpoints.length) rows.push(["checkpoints", count(history.checkpoints.length)]);
  rows.push(["ended by", history.stopped ?? "not ended yet"]);
  return rows;
}
