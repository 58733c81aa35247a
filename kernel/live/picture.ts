import { memory } from "../../lib/tensor/mod.ts";
import { lineFigure, type Series } from "../charts/line.ts";
import { renderSvg } from "../charts/render/svg.ts";
import { escape, type MediaBundle } from "../view.ts";

/** What a live view knows of a run. */
export interface RunState {
  /** The title. */
  title: string;
  /** Optimizer steps so far. */
  step: number;
  /** The step at which the run will end, if known. */
  totalSteps?: number;
  /** Facts about the present, by name. */
  facts: Record<string, string>;
  /** The losses by step, of training and of validations. */
  losses: Record<string, [number, number][]>;
  /** Other results of validations, and the learning rate, by step. */
  metrics: Record<string, [number, number][]>;
  /** What the model wrote last, and when. */
  sample?: { step: number; text: string };
  /** Why the run ended, once it has. */
  ended?: string;
}

const POINTS = 300; // of a line at the most; more are thinned out

/** Draws a run: for a notebook as HTML that needs no script, for a terminal as text. */
export function drawRun(run: RunState): MediaBundle {
  const { title, step, totalSteps, facts, sample, ended } = run;
  const share = totalSteps ? Math.min(1, step / totalSteps) : undefined;
  const count = `step ${step}${totalSteps ? ` of ${totalSteps}` : ""}`;
  const rows: [string, string][] = [...Object.entries(facts), ["memory", memoryText()]];
  const head = `<b>${escape(title)}</b> ${escape(count)}${ended ? `, ${escape(ended)}` : ""}`;
  const charts = [
    chart(run.losses, "loss"),
    ...Object.entries(run.metrics).map(([name, points]) => chart({ [name]: points }, name)),
  ];
  const cells = rows.map(([name, value]) =>
    `<span style="white-space:nowrap;margin-right:1.5em">${escape(name)} <b>${
      escape(value)
    }</b></span>`
  );
  const html = [
    `<div style="font-family:system-ui,sans-serif;font-size:13px;max-width:900px">`,
    `<div>${head}</div>`,
    ...(share === undefined ? [] : [bar(share)]),
    `<div style="font-variant-numeric:tabular-nums;line-height:1.7">${cells.join(" ")}</div>`,
    `<div>${charts.join("")}</div>`,
    ...(sample
      ? [
        `<div>written after step ${sample.step}</div>`,
        `<pre style="white-space:pre-wrap;margin:0">${escape(sample.text)}</pre>`,
      ]
      : []),
    `</div>`,
  ];
  const text = [
    `${title}: ${count}${ended ? `, ${ended}` : ""}`,
    rows.map(([name, value]) => `${name} ${value}`).join("  "),
    ...(sample ? [`written after step ${sample.step}: ${sample.text}`] : []),
  ];
  return { "text/html": html.join("\n"), "text/plain": text.join("\n") };
}

function bar(share: number): string {
  const percent = (100 * share).toFixed(1);
  return `<div style="background:#e4e7eb;border-radius:4px;height:10px;margin:4px 0" title="${percent} %">` +
    `<div style="background:#0072b2;border-radius:4px;height:10px;width:${percent}%"></div></div>`;
}

function chart(lines: Series, y: string): string {
  const series = Object.fromEntries(
    Object.entries(lines).filter(([, points]) => points.length > 0)
      .map(([name, points]) => [name, thinned(points)]),
  );
  const names = Object.keys(series);
  if (names.length === 0) return "";
  const marked = names.filter((name) => series[name]!.length < 40);
  const svg = renderSvg(lineFigure(series, { x: "step", y, marked }), { width: 440, height: 260 });
  const src = `data:image/svg+xml;base64,${new TextEncoder().encode(svg).toBase64()}`;
  const last = series[names[0]!]!.at(-1)!;
  const alt = `${names.join(", ")} by step; the last ${names[0]} is ${last[1].toPrecision(4)}`;
  return `<img alt="${
    escape(alt)
  }" style="width:49%;min-width:300px;max-width:440px" src="${src}">`;
}

/** The means of neighbours, so that no more than {@link POINTS} are left; the last point stays as it is. */
function thinned(points: Series[string]): [number, number][] {
  const width = Math.ceil(points.length / POINTS);
  if (width === 1) return points.map(([x, y]) => [x, y]);
  const means: [number, number][] = [];
  for (let at = 0; at < points.length; at += width) {
    const group = points.slice(at, at + width);
    const mean = group.reduce((sum, [, y]) => sum + y, 0) / group.length;
    means.push([group.at(-1)![0], mean]);
  }
  return means;
}

function memoryText(): string {
  const { numTensors, numBytes, numBytesAllocated } = memory();
  const size = `${((numBytesAllocated ?? numBytes) / 2 ** 20).toFixed(1)} MB`;
  return `${size} in ${numTensors} tensors`;
}
