import { escape } from "./view.ts";
import { lineFigure, type Series } from "./charts/line.ts";
import { renderHtml } from "./charts/render/html.ts";

/** A text that a model wrote during its training. */
export interface Sample {
  /** The optimizer step after which it was written. */
  step: number;
  /** The text. */
  text: string;
}

/** What a report of a training run tells. */
export interface TrainingReport {
  /** The title. */
  title: string;
  /** The device as rows of a table, such as those of `Device.rows()`. */
  device: readonly (readonly [string, string])[];
  /** The settings of the run by name. */
  configuration: Readonly<Record<string, string | number | boolean>>;
  /** The loss in nats by step, such as `{ train: [[1, 4.2]], validation: [[100, 2.9]] }`. */
  losses: Series;
  /** Which lines of `losses` have few points, to be marked. @default {[]} */
  marked?: readonly string[];
  /** What the model wrote on the way, in order. @default {[]} */
  samples?: readonly Sample[];
  /** What the trained model wrote. @default {""} */
  text?: string;
  /** What took how long, in seconds, by name. @default {{}} */
  seconds?: Readonly<Record<string, number>>;
}

/**
 * Tells a training run as a page of HTML that needs nothing but itself.
 *
 * @param report What it tells; every text in it is shown as it is, none is taken for HTML.
 * @returns The HTML text.
 */
export function trainingReport(report: TrainingReport): Promise<string> {
  const { title, device, configuration, losses, marked, samples = [], text, seconds = {} } = report;
  const parts = [
    heading("Loss"),
    lineFigure(losses, { x: "step", y: "loss (nats)", ...(marked ? { marked } : {}) }),
    table(
      Object.entries(losses).flatMap(([name, points]) => {
        const last = points.at(-1);
        return last ? [[`last ${name}`, `${last[1].toFixed(4)} nats at step ${last[0]}`]] : [];
      }),
    ),
  ];
  if (text) parts.push(heading("What it learned to write"), pre(text));
  if (samples.length) {
    parts.push(heading("On the way"));
    for (const sample of samples) parts.push(`<h3>Step ${sample.step}</h3>`, pre(sample.text));
  }
  parts.push(
    heading("Settings"),
    table(Object.entries(configuration).map(([key, value]) => [key, String(value)])),
    heading("Device"),
    table(device),
  );
  const times = Object.entries(seconds).map(([key, value]) =>
    [key, `${value.toFixed(1)} s`] as const
  );
  if (times.length) parts.push(heading("Time"), table(times));
  return renderHtml(title, parts);
}

function heading(text: string): string {
  return `<h2>${escape(text)}</h2>`;
}

function pre(text: string): string {
  return `<pre>${escape(text)}</pre>`;
}

function table(rows: readonly (readonly string[])[]): string {
  const row = ([key = "", value = ""]: readonly string[]) =>
    `<tr><th scope="row">${escape(key)}</th><td>${escape(value)}</td></tr>`;
  return `<table>\n${rows.map(row).join("\n")}\n</table>`;
}
