/**
 * Compares the outputs of a cell with those it had before.
 *
 * @module
 */
import type { MimeBundle, Output } from "./outputs.ts";

/** How far numbers may lie apart: `|a − b| ≤ atol + rtol·|a|`. */
export interface Tolerance {
  /** The relative part. */
  rtol: number;
  /** The absolute part. */
  atol: number;
}

/** Quantities that no two runs share: times, rates, memory. */
const UNITS = "ns|µs|us|ms|s|sec|secs|seconds?|min|minutes?|h|hours?|bytes|[kKMG]i?B";
const MASKED = new RegExp(
  [
    String.raw`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?`, // a date and time
    String.raw`\b\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?\b`, // a clock
    String.raw`\d[\d.,]*(?:e[-+]?\d+)?\s*[\p{L}]+\/(?:s|sec|second)\b`, // a rate
    String.raw`\d[\d.,]*(?:e[-+]?\d+)?\s?(?:${UNITS})(?![\p{L}\p{N}])`,
    String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`, // an id
  ].join("|"),
  "giu",
);
const NUMBER = /(?<![\p{L}\p{N}_.])[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/giu;

/**
 * Compares two texts: words must be the same, numbers within tolerance; times, rates, memory sizes and ids are left out.
 *
 * A number with decimals may also differ by one unit of its last place, if that is at most 1 % of it: rounding flips there.
 *
 * @param expected The text that was.
 * @param actual The text that is.
 * @param tolerance How far numbers may lie apart.
 * @returns How they differ, or `undefined`.
 */
export function compareTexts(
  expected: string,
  actual: string,
  tolerance: Tolerance,
): string | undefined {
  const [a, b] = [expected, actual].map((text) =>
    text.replace(MASKED, "□").replace(/[ \t]+/g, " ").replace(/ ?\r?\n/g, "\n").trim()
  ) as [string, string];
  if (a === b) return;
  const words = (text: string) => text.replace(NUMBER, "#").replace(/\s+/g, " ");
  if (words(a) !== words(b)) return difference(a, b);
  const numbers = (text: string) => text.match(NUMBER) ?? [];
  const actuals = numbers(b);
  for (const [i, number] of numbers(a).entries()) {
    const other = actuals[i]!;
    if (!isClose(number, other, tolerance)) {
      return `the number ${number} became ${other} (rtol ${tolerance.rtol}, atol ${tolerance.atol})`;
    }
  }
}

function isClose(expected: string, actual: string, { rtol, atol }: Tolerance): boolean {
  const [a, b] = [expected, actual].map((text) => Number(text.replace("−", "-"))) as [
    number,
    number,
  ];
  const [digits, exponent = "0"] = expected.toLowerCase().split("e") as [string, string?];
  const places = digits.split(".")[1]?.length ?? 0;
  const unit = places > 0 ? 10 ** (Number(exponent) - places) : 0;
  const rounding = unit <= 0.01 * Math.abs(a) ? unit * (1 + 1e-9) : 0;
  return Math.abs(a - b) <= Math.max(atol + rtol * Math.abs(a), rounding);
}

function difference(a: string, b: string): string {
  const [left, right] = [a.split("\n"), b.split("\n")];
  let at = 0;
  while (left[at] === right[at]) at++;
  const quote = (line: string | undefined) =>
    line === undefined
      ? "nothing"
      : JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
  return `line ${at + 1} was ${quote(left[at])} and is ${quote(right[at])}`;
}

/**
 * Compares two JSON values as {@link compareTexts} compares texts. Keys named `id` or `uid` are left out.
 *
 * @param expected The value that was.
 * @param actual The value that is.
 * @param tolerance How far numbers may lie apart.
 * @param path Where the values are, for the answer.
 * @returns How they differ, or `undefined`.
 */
export function compareJson(
  expected: unknown,
  actual: unknown,
  tolerance: Tolerance,
  path = "",
): string | undefined {
  const at = path || "the value";
  if (typeof expected === "number" && typeof actual === "number") {
    const gap = Math.abs(expected - actual);
    return gap <= tolerance.atol + tolerance.rtol * Math.abs(expected)
      ? undefined
      : `${at} was ${expected} and is ${actual}`;
  }
  if (typeof expected === "string" && typeof actual === "string") {
    const how = compareTexts(expected, actual, tolerance);
    return how && `${at}: ${how}`;
  }
  if (typeof expected !== "object" || typeof actual !== "object" || !expected || !actual) {
    return expected === actual ? undefined : `${at} was ${expected} and is ${actual}`;
  }
  const [a, b] = [expected, actual] as Record<string, unknown>[];
  const keys = (value: object) =>
    Object.keys(value).filter((key) => !/^u?id$/.test(key)).sort().join();
  if (Array.isArray(a) !== Array.isArray(b) || keys(a!) !== keys(b!)) {
    return Array.isArray(a) && Array.isArray(b)
      ? `${at} had ${a.length} items and has ${b.length}`
      : `${at} had the keys ${keys(a!)} and has ${keys(b!)}`;
  }
  for (const key of keys(a!).split(",").filter(Boolean)) {
    const how = compareJson(a![key], b![key], tolerance, path ? `${path}.${key}` : key);
    if (how) return how;
  }
}

/**
 * Compares the outputs of a cell with those it had before. What is printed is compared as text for each stream; what is
 * shown by its MIME types, its texts and its figure data: pictures must be there, but their pixels are not looked at. A PNG
 * beside an SVG drawing is its twin, and may be missing.
 *
 * @param expected The outputs that were.
 * @param actual The outputs that are.
 * @param tolerance How far numbers may lie apart.
 * @param compare Whether values are compared, or only what kinds of output there are.
 * @returns How they differ, one line each; an empty list if they do not.
 */
export function compareOutputs(
  expected: readonly Output[],
  actual: readonly Output[],
  tolerance: Tolerance,
  compare: "values" | "presence" = "values",
): string[] {
  const faults: string[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const [was, is] = [printed(expected, name), printed(actual, name)];
    if (was.trim() && !is.trim()) faults.push(`${name} was printed and is not any more`);
    else if (is.trim() && !was.trim()) faults.push(`${name} is printed and was not before`);
    else if (compare === "values") {
      const how = compareTexts(was, is, tolerance);
      if (how) faults.push(`${name}: ${how}`);
    }
  }
  const [was, is] = [shown(expected), shown(actual)];
  if (was.length !== is.length) {
    faults.push(`${was.length} outputs were shown and ${is.length} are`);
    return faults;
  }
  for (const [i, before] of was.entries()) {
    const how = compareShown(before, is[i]!, tolerance, compare);
    if (how) faults.push(`output ${i + 1}: ${how}`);
  }
  return faults;
}

type Shown = Exclude<Output, { output_type: "stream" }>;

function printed(outputs: readonly Output[], name: "stdout" | "stderr"): string {
  return outputs.map((output) =>
    output.output_type === "stream" && output.name === name ? output.text : ""
  ).join("");
}

function shown(outputs: readonly Output[]): Shown[] {
  return outputs.filter((output) => output.output_type !== "stream");
}

function compareShown(
  was: Shown,
  is: Shown,
  tolerance: Tolerance,
  compare: "values" | "presence",
): string | undefined {
  if (was.output_type !== is.output_type) {
    return `it was of the type ${was.output_type} and is of ${is.output_type}`;
  }
  if (was.output_type === "error" || is.output_type === "error") {
    const [a, b] = [was, is].map((error) => error as Extract<Shown, { output_type: "error" }>);
    if (a!.ename !== b!.ename) return `it threw ${a!.ename} and throws ${b!.ename}`;
    return compare === "values" ? compareTexts(a!.evalue, b!.evalue, tolerance) : undefined;
  }
  const types = (bundle: MimeBundle) =>
    Object.keys(bundle).sort().filter((type, _, all) =>
      type !== "image/png" || !all.includes("image/svg+xml") // a twin of the drawing
    );
  const [before, now] = [types(was.data), types(is.data)];
  if (before.join() !== now.join()) {
    return `it had the types ${before.join(", ")} and has ${now.join(", ")}`;
  }
  for (const type of now) {
    const empty = is.data[type] === "" && was.data[type] !== "";
    if (empty) return `${type} is empty`;
    if (compare === "presence") continue;
    const how = compareData(type, was.data[type], is.data[type], tolerance);
    if (how) return `${type}: ${how}`;
  }
}

function compareData(
  type: string,
  was: unknown,
  is: unknown,
  tolerance: Tolerance,
): string | undefined {
  if (type.endsWith("json")) return compareJson(was, is, tolerance);
  if (type === "text/html") {
    const [a, b] = [figuresIn(String(was)), figuresIn(String(is))];
    return compareJson(a, b, tolerance, "figure") ??
      compareTexts(readable(String(was)), readable(String(is)), tolerance);
  }
  return type.startsWith("text/") ? compareTexts(String(was), String(is), tolerance) : undefined;
}

/** The figures in a page: the JSON of its scripts of that type and of its `data-figure` attributes. */
function figuresIn(html: string): unknown[] {
  const texts = [
    ...html.matchAll(
      /<script[^>]*type="application\/(?:[\w.-]+\+)?json"[^>]*>([\s\S]*?)<\/script>/g,
    ),
    ...[...html.matchAll(/\sdata-figure="([^"]*)"/g)].map(([, text]) => ["", unescape(text!)]),
  ].map(([, text]) => text!);
  return texts.map((text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  });
}

/** The text that a reader of a page sees. */
function readable(html: string): string {
  return unescape(
    html.replace(/<(script|style|svg)\b[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " "),
  );
}

function unescape(text: string): string {
  const characters: Record<string, string> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name) => characters[name]!);
}
