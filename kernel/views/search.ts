import { type RunningTrial, SearchResult, type Space, type Trial } from "../../lib/search/mod.ts";
import { parallelCoordinatesFigure } from "../charts/parallel.ts";
import { renderSvg } from "../charts/render/svg.ts";
import { DrawnView } from "../drawn_view.ts";
import { Screen } from "../live/screen.ts";
import { trust, type TrustedHost } from "../trust/mod.ts";
import type { View } from "../view.ts";
import { card, htmlTable, image, note, short, svgSource, textTable } from "./markup.ts";

/** How {@link searchView} shows a search. */
export interface SearchViewOptions {
  /** What was chosen from; it gives the order of the columns, and which axes go by ratios. @default {the settings that occur} */
  space?: Space;
  /** Whether the least or the most is sought. @default {"minimize"} */
  direction?: "minimize" | "maximize";
  /** How many trials there will be. @default {as many as there are} */
  trials?: number;
  /** The title. @default {"search"} */
  title?: string;
  /** The most rows of the table; running trials always have one. @default {12} */
  rows?: number;
}

/** How {@link liveSearch} shows a search. */
export interface LiveSearchOptions extends SearchViewOptions {
  /** The kernel to show it in, for tests. @default {the one that the program runs in} */
  host?: TrustedHost | undefined;
  /** Where lines go outside of a notebook. @default {the standard error stream} */
  write?: (text: string) => unknown;
}

/** Whether a value is what a search found. */
export function isSearchResult(value: unknown): value is SearchResult {
  return value instanceof SearchResult;
}

/**
 * Shows a search: its trials as a table, the best first and the running ones below with their last report, and the complete
 * ones as lines across their settings.
 *
 * @param trials What `search()` returned, or what its `onChange` was told.
 * @param options The space, the direction and the title; a result knows the first two itself.
 */
export function searchView(
  trials: SearchResult | readonly (Trial | RunningTrial)[],
  options: SearchViewOptions = {},
): View {
  const result = isSearchResult(trials) ? trials : resultOf(trials, options);
  const running = isSearchResult(trials) ? [] : trials.filter(isRunning);
  const { title = "search", rows: most = 12 } = options;
  const names = Object.keys(result.space);
  const ranked = result.ranked();
  const head = ["trial", "", ...names, "value", "seconds"];
  const rows = [...ranked.slice(0, most), ...running].map((trial) => rowOf(trial, names));
  const align = head.map((_, i) => i === 1 ? "left" as const : "right" as const);
  const total = options.trials ?? result.trials.length + running.length;
  const { best } = result;
  const counted = `${result.trials.length} of ${total} trials${
    best ? `, best ${short(best.value!)} by trial ${best.number}` : ""
  }`;
  const left = ranked.length > most ? [`${ranked.length - most} more trials are worse`] : [];
  const runs = result.runs();
  const axes = Object.entries(result.space).filter(([, domain]) =>
    domain.kind === "number" && domain.log
  ).map(([name]) => name);
  const drawing = runs.length > 1
    ? renderSvg(parallelCoordinatesFigure(runs, { log: axes, color: "value" }))
    : undefined;
  return new DrawnView({
    "text/plain": [`${title}: ${counted}`, textTable(rows, { head, align }), ...left].join("\n"),
    "text/html": card(`${title}: ${counted}`, [
      htmlTable(rows, { head, align }),
      ...left.map(note),
      ...(drawing ? [image(svgSource(drawing), "each complete trial across its settings")] : []),
    ]),
    ...(drawing ? { "image/svg+xml": drawing } : {}),
  });
}

/**
 * Makes what shows a search while it goes on: `onChange` of `search()`. In a notebook one view is drawn anew in its place,
 * at most ten times a second; elsewhere each trial that ends is a line.
 *
 * @example
 * ```ts
 * import { liveSearch } from "@tome/tome/display";
 * import { logUniform, search } from "@tome/tome/search";
 *
 * const options = { space: { lr: logUniform(1e-4, 1) }, trials: 5 };
 * const onChange = liveSearch({ ...options, write: () => {} });
 * const { trials } = await search(({ lr }) => Math.log10(Number(lr)) ** 2, { ...options, onChange });
 * console.assert(trials.length === 5);
 * ```
 * @param options The space, the direction and the title: those of the search.
 */
export function liveSearch(
  options: LiveSearchOptions = {},
): (trials: readonly (Trial | RunningTrial)[]) => void {
  const host = "host" in options ? options.host : trust();
  if (!host) return lines(options);
  const screen = new Screen(host);
  let latest: readonly (Trial | RunningTrial)[] = [];
  let [drawing, waiting] = [Promise.resolve(), false];
  const draw = () => {
    waiting = false;
    const { bundle } = searchView(latest, options);
    drawing = drawing.then(() => screen.draw(bundle));
  };
  return (trials) => {
    latest = structuredClone(trials) as typeof trials; // a running trial goes on to change
    if (screen.due || !trials.some(isRunning)) draw(); // the last picture is never put off
    else if (!waiting) {
      waiting = true;
      setTimeout(() => waiting && draw(), 100);
    }
  };
}

/** Tells each trial that ends, in a line. */
function lines(
  { write = (text) => Deno.stderr.writeSync(new TextEncoder().encode(text)), ...options }:
    LiveSearchOptions,
): (trials: readonly (Trial | RunningTrial)[]) => void {
  const told = new Set<number>();
  return (trials) => {
    for (const trial of trials) {
      if (isRunning(trial) || told.has(trial.number)) continue;
      told.add(trial.number);
      const { best } = resultOf(trials, options);
      const settings = Object.entries(trial.settings).map(([name, value]) =>
        `${name} ${tell(value)}`
      );
      write(
        `trial ${trial.number}  ${trial.error ?? `${trial.state} ${tell(trial.value)}`}  ${
          settings.join("  ")
        }${best ? `  (best ${tell(best.value)})` : ""}\n`,
      );
    }
  };
}

function isRunning(trial: Trial | RunningTrial): trial is RunningTrial {
  return trial.state === "running";
}

function resultOf(
  trials: readonly (Trial | RunningTrial)[],
  { space, direction = "minimize" }: SearchViewOptions,
): SearchResult {
  const ended = trials.filter((trial): trial is Trial => !isRunning(trial));
  const occurring = () =>
    Object.fromEntries(
      trials.flatMap(({ settings }) => Object.keys(settings)).map((name) => [
        name,
        { kind: "choice" as const, values: [] },
      ]),
    );
  return new SearchResult(ended, space ?? occurring(), direction);
}

function rowOf(trial: Trial | RunningTrial, names: readonly string[]): string[] {
  const last = trial.reports.at(-1);
  return [
    String(trial.number),
    trial.state,
    ...names.map((name) => tell(trial.settings[name])),
    isRunning(trial) ? (last ? `${tell(last.value)} at ${last.step}` : "…") : tell(trial.value),
    isRunning(trial) ? "" : trial.seconds.toFixed(1),
  ];
}

function tell(value: string | number | boolean | undefined): string {
  return typeof value === "number" ? short(value) : String(value ?? "–");
}
