import type { Callback, LogEvent } from "../events.ts";

/** Where and how {@link progress} writes. */
export interface ProgressOptions {
  /** Where text goes. @default {the standard error stream} */
  write?: (text: string) => unknown;
  /** Whether to redraw one line, as on a terminal. @default {whether standard error is a terminal} */
  terminal?: boolean;
  /** Whether to use colours. @default {on a terminal, unless NO_COLOR is set} */
  color?: boolean;
  /** The width of the line in characters. @default {that of the terminal, or 80} */
  width?: number;
  /** The least time between two plain lines, in seconds; validations are always told. @default {10} */
  everySeconds?: number;
}

/**
 * Makes a callback that shows how the run goes on: on a terminal one line with a bar that redraws itself, else a plain line
 * every few seconds.
 */
export function progress(options: ProgressOptions = {}): Callback {
  const { write = toStandardError, terminal = Deno.stderr.isTerminal() } = options;
  const { color = terminal && !Deno.noColor, width = terminalWidth(), everySeconds = 10 } = options;
  let last: LogEvent | undefined;
  let [told, shown] = [-Infinity, 0];

  const dim = (text: string) => color ? `\x1b[2m${text}\x1b[22m` : text;
  const bold = (text: string) => color ? `\x1b[1m${text}\x1b[22m` : text;
  /** Draws over the line; gives the cursor back to its start. */
  const draw = (step: number, total?: number) =>
    write(`\r\x1b[K${barLine(step, total, last, width, color)}`);
  /** Writes a line that stays. */
  const say = (text: string) => write(terminal ? `\r\x1b[K${text}\n` : `${text}\n`);

  return {
    onStart({ resumedFrom }) {
      [last, told, shown] = [undefined, -Infinity, resumedFrom];
      if (resumedFrom > 0) say(dim(`goes on from step ${resumedFrom}`));
    },
    onLog(event) {
      last = event;
      if (terminal) draw(event.step, event.totalSteps);
      else if (performance.now() - told >= 1000 * everySeconds) {
        told = performance.now();
        shown = event.step;
        say(summary(event).join("  "));
      }
    },
    onEvaluate({ step, name, metrics, millis }) {
      const results = Object.entries(metrics).map(([key, value]) => `${key} ${number(value)}`);
      say(`${bold(`step ${step}  ${name}`)}  ${results.join("  ")}  ${dim(duration(millis))}`);
      if (terminal && last) draw(step, last.totalSteps);
    },
    onCheckpoint({ step, folder, best }) {
      say(dim(`step ${step}  wrote ${folder}${best ? ", the best so far" : ""}`));
    },
    onSpike({ error }) {
      say(error.message);
    },
    onEnd({ step, history, error }) {
      if (last && shown !== last.step) say(summary(last).join("  "));
      const why = error instanceof Error ? error.message : history.stopped ?? "";
      say(dim(`ended at step ${step}: ${why}`));
    },
  };
}

/** The parts of a line about some steps. */
function summary(event: LogEvent): string[] {
  const { step, totalSteps, loss, lr, gradNorm, tokensPerSecond, etaMillis } = event;
  return [
    `step ${step}${totalSteps ? `/${totalSteps}` : ""}`,
    `loss ${number(loss)}`,
    `lr ${lr.toExponential(1)}`,
    ...(gradNorm === undefined ? [] : [`grad ${number(gradNorm)}`]),
    `${count(tokensPerSecond)} tok/s`,
    ...(etaMillis === undefined || step === totalSteps ? [] : [`${duration(etaMillis)} left`]),
  ];
}

function barLine(
  step: number,
  total: number | undefined,
  last: LogEvent | undefined,
  width: number,
  color: boolean,
): string {
  const parts = last ? summary(last) : [`step ${step}`];
  while (parts.length > 1 && parts.join("  ").length >= width) parts.pop(); // least important last
  const text = parts.join("  ");
  const room = Math.min(30, width - text.length - 3);
  if (!total || room < 5) return text;
  const done = Math.round(room * Math.min(1, step / total));
  const [full, empty] = ["━".repeat(done), "━".repeat(room - done)];
  const bar = color
    ? `\x1b[32m${full}\x1b[2;39m${empty}\x1b[22m`
    : `${full}${" ".repeat(room - done)}`;
  return `${bar} ${text}`;
}

function number(value: number): string {
  const size = Math.abs(value);
  return size === 0 || (size >= 1e-3 && size < 1e5) ? value.toFixed(4) : value.toExponential(3);
}

function count(value: number): string {
  return value >= 1e6
    ? `${(value / 1e6).toFixed(1)}M`
    : value >= 1e4
    ? `${(value / 1e3).toFixed(1)}k`
    : value.toFixed(0);
}

function duration(millis: number): string {
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return millis < 9950 ? `${(millis / 1000).toFixed(1)} s` : `${seconds} s`;
  const [h, m] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return h > 0 ? `${h} h ${m} min` : `${m} min ${seconds % 60} s`;
}

async function toStandardError(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stderr.write(bytes.subarray(at));
}

function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch { // not a terminal
    return 80;
  }
}
