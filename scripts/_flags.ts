/**
 * Command-line flags: declared in one table, checked, and explained by `--help`.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";

/** One flag of a script. */
export interface Flag {
  /** What it takes. */
  type: "string" | "integer" | "number" | "boolean";
  /** What it means, with its unit. */
  help: string;
  /** Its value if it is not given. */
  default?: string | number | boolean;
  /** The only values allowed. */
  choices?: readonly string[];
  /** The least value allowed. */
  min?: number;
  /** The largest value allowed. */
  max?: number;
}

type Value<F extends Flag> = F["type"] extends "boolean" ? boolean
  : F["type"] extends "string"
    ? F extends { choices: readonly (infer C)[] }
      ? F extends { default: string } ? C : C | undefined
    : F extends { default: string } ? string
    : string | undefined
  : F extends { default: number } ? number
  : number | undefined;

/** The value of each flag. */
export type Values<T extends Record<string, Flag>> = { [K in keyof T]: Value<T[K]> };

/** Thrown for a flag that cannot be used; the message says which, why, and what to write. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/**
 * Reads and checks flags.
 *
 * @throws {FlagError} If a flag is unknown, lacks a value or has one that is not allowed.
 */
export function checkFlags<const T extends Record<string, Flag>>(
  flags: T,
  args: string[],
): Values<T> {
  const of = (boolean: boolean) =>
    Object.keys(flags).filter((name) => (flags[name]!.type === "boolean") === boolean);
  const parsed: Record<string, unknown> = parseArgs(args, {
    string: of(false),
    boolean: of(true),
    unknown(arg) {
      const near = Object.keys(flags).find((name) =>
        distance(name, arg.replace(/^-+|=.*/g, "")) < 3
      );
      throw new FlagError(
        `there is no flag ${arg.replace(/=.*/, "")}${near ? `; did you mean --${near}?` : ""}`,
      );
    },
  });
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, checkFlag(name, flag, parsed[name])]),
  ) as Values<T>;
}

function checkFlag(name: string, flag: Flag, given: unknown): unknown {
  if (given === undefined || (flag.type === "boolean" && given === false)) {
    return flag.default ?? (flag.type === "boolean" ? false : undefined);
  }
  if (flag.type === "boolean") return given;
  if (Array.isArray(given)) throw new FlagError(`--${name} is given ${given.length} times`);
  const text = String(given);
  if (text === "") throw new FlagError(`--${name} needs a value: --${name}=${flag.type}`);
  if (flag.type === "string") {
    if (flag.choices && !flag.choices.includes(text)) {
      throw new FlagError(`--${name} must be one of ${flag.choices.join(", ")}: it is ${text}`);
    }
    return text;
  }
  const number = Number(text);
  const { min = -Infinity, max = Infinity } = flag;
  if (!Number.isFinite(number) || (flag.type === "integer" && !Number.isSafeInteger(number))) {
    throw new FlagError(
      `--${name} must be ${flag.type === "integer" ? "an integer" : "a number"}: it is ${text}`,
    );
  }
  if (number < min || number > max) {
    const range = max === Infinity ? `at least ${min}` : `in ${min}…${max}`;
    throw new FlagError(`--${name} must be ${range}: it is ${text}`);
  }
  return number;
}

/** Edits between two words, by Levenshtein's count. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(
        Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * Reads the flags of a script. `--help` prints its manual and its flags and ends the process; a wrong flag prints one line
 * and ends it with status 2.
 *
 * @param script The script's `import.meta.url`; the comment at its head is the manual.
 */
export function readFlags<const T extends Record<string, Flag>>(
  script: string,
  flags: T,
): Values<T> {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(`${manual(script)}\n\nFlags\n${table(flags)}`);
    Deno.exit(0);
  }
  try {
    return checkFlags(flags, Deno.args);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    console.error(
      `Cannot run ${script.split("/").at(-1)} as ${error.message} (--help lists the flags)`,
    );
    Deno.exit(2);
  }
}

/** The first comment of a script, without its frame. */
function manual(script: string): string {
  const source = Deno.readTextFileSync(new URL(script));
  return /\/\*\*\n([\s\S]*?)\*\//.exec(source)![1]!
    .replace(/^ \* ?/gm, "").replace(/@module\s*/, "").trim();
}

function table(flags: Record<string, Flag>): string {
  const rows = Object.entries(flags).map(([name, { type, help, default: value, choices }]) => [
    `  --${name}${type === "boolean" ? "" : `=${choices ? choices.join("|") : type}`}`,
    value === undefined || value === false ? help : `${help} (${value})`,
  ]);
  const width = Math.min(44, Math.max(...rows.map(([left]) => left!.length)));
  return rows.map(([left, help]) =>
    left!.length > width
      ? `${left}\n${" ".repeat(width)}  ${help}`
      : `${left!.padEnd(width)}  ${help}`
  ).join("\n");
}

/**
 * Runs a script's work; an error that a user can mend prints as one line and ends the process with status 1.
 *
 * @param main The work.
 */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (
      !(error instanceof Error) || error instanceof ReferenceError || Deno.env.get("TOME_STACK")
    ) {
      throw error;
    }
    console.error(`${error.name}: ${error.message}`);
    Deno.exit(1);
  }
}
