/**
 * The tables of a run, as rows of text and as Markdown.
 *
 * @module
 */
import type { Goal, Row } from "./contender.ts";
import type { Result } from "./harness.ts";
import type { Machine } from "./machine.ts";

/** What each device can do at most, in GFLOP/s. */
export type Limits = Partial<Record<"webgpu" | "cpu", number>>;

/** A row and what was measured. */
export interface Measured {
  /** What was done. */
  row: Row;
  /** Who did it, and how fast. */
  results: Result[];
}

/** A goal, and what came out. */
export interface Verdict extends Goal {
  /** What was measured; nothing if one of the two did not run. */
  measured?: number;
}

const WORDS = {
  wallMillis: "wall time",
  scriptMillis: "JavaScript time",
  dispatches: "dispatches",
  peakBytes: "peak bytes",
} as const;

/** The best product of matrices that any contender reached, for each kind of device. */
export function limitsOf({ row, results }: Measured): Limits {
  const limits: Limits = {};
  for (const { facts, rounds } of results) {
    if (!facts || rounds.length === 0) continue;
    const fastest = Math.min(...rounds.map(({ wallMillis }) => wallMillis));
    limits[facts.limit] = Math.max(limits[facts.limit] ?? 0, gflops(row, fastest));
  }
  return limits;
}

/** Operations a second, in 10⁹. */
export function gflops(row: Row, wallMillis: number): number {
  return row.flops / wallMillis / 1e6;
}

/** How the goals of a row came out. */
export function verdictsOf({ row, results }: Measured): Verdict[] {
  const number = (name: string, measure: Goal["measure"]) =>
    results.find((result) => result.name === name)?.median?.[measure];
  return row.goals.map((goal) => {
    const [own, other] = [number(goal.of, goal.measure), number(goal.against, goal.measure)];
    return own === undefined || other === undefined ? goal : { ...goal, measured: other / own };
  });
}

const HEAD = [
  "contender",
  "device",
  "wall ms",
  "JS ms",
  "GPU ms",
  "dispatches",
  "peak MB",
  "with warm-up",
  "GFLOP/s",
  "of limit",
  "results apart",
] as const;

/** A row's table; its first line is the head. */
export function tableOf({ row, results }: Measured, limits: Limits): string[][] {
  return [
    HEAD.map((name) => name === "wall ms" ? `ms a ${row.unit}` : name),
    ...results.map((result) => {
      const { name, notRun, facts, median, apart } = result;
      if (notRun || !median || !facts) return [name, `not run, ${notRun}`, ...Array(9).fill("")];
      const speed = gflops(row, median.wallMillis);
      const limit = limits[facts.limit];
      const versions = Object.entries(facts.versions).map(([k, v]) => `${k} ${v}`).join(", ");
      return [
        name,
        `${facts.device}: ${facts.detail}; ${versions}`,
        short(median.wallMillis),
        short(median.scriptMillis),
        short(median.passMillis),
        short(median.dispatches),
        short(median.peakBytes / 1e6),
        short(median.lifePeakBytes / 1e6),
        short(speed),
        limit ? `${short(100 * speed / limit)} %` : "",
        agreement(apart, row.tolerance),
      ];
    }),
  ];
}

/** How far results lie apart, and whether that is too far. */
function agreement(apart: number | undefined, tolerance = Infinity): string {
  if (apart === undefined) return "";
  const text = apart === 0 ? "0" : apart.toExponential(1);
  return apart > tolerance ? `${text}, more than ${tolerance}` : text;
}

/** What must come out, and what did. */
export function goalsOf(verdicts: readonly Verdict[]): string[][] {
  return verdicts.map(({ of, against, measure, ratio, measured }) => [
    `${of} against ${against}: ${WORDS[measure]}`,
    `${short(ratio)}×`,
    measured === undefined ? "not measured" : `${short(measured)}×`,
    measured === undefined ? "" : measured >= ratio ? "reached" : "not reached",
  ]);
}

/** The conditions of a run in one line. */
export function conditions(machine: Machine, rounds: number): string {
  const { date, deno, system, cores, adapter, load } = machine;
  return `${date}, Deno ${deno}, ${system}, ${cores} cores, ` +
    `${adapter ? `WebGPU adapter ${adapter}` : "no WebGPU adapter"}, ` +
    `${
      load.toFixed(1)
    } processes wanted a core when it began; medians of ${rounds} rounds in turns`;
}

/** The whole run as Markdown. */
export function markdown(
  machine: Machine,
  rounds: number,
  measured: readonly Measured[],
  limits: Limits,
): string {
  const parts = [`${conditions(machine, rounds)}.`];
  for (const each of measured) {
    const { row } = each;
    parts.push(`### ${row.title}`, `\`${row.name}\`: ${row.shape}.`, grid(tableOf(each, limits)));
    const goals = goalsOf(verdictsOf(each));
    if (goals.length > 0) {
      parts.push(grid([["how many times less", "goal", "measured", ""], ...goals]));
    }
  }
  return parts.join("\n\n") + "\n";
}

/** A table in Markdown. */
export function grid([head = [], ...rows]: string[][]): string {
  const width = head.map((_, k) => Math.max(3, ...[head, ...rows].map((row) => row[k]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, k) => cell.padEnd(width[k]!)).join(" | ")} |`;
  return [line(head), `| ${width.map((n) => "-".repeat(n)).join(" | ")} |`, ...rows.map(line)]
    .join("\n");
}

/** Three digits. */
export function short(number: number | undefined): string {
  if (number === undefined) return "";
  if (number === 0) return "0";
  return number >= 100 ? number.toFixed(0) : String(Number(number.toPrecision(3)));
}
