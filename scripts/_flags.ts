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
  /** Whether the script cannot do without it. */
  required?: true;
  /** The only values allowed. */
  choices?: readonly string[];
  /** The least value allowed. */
  min?: number;
  /** The largest value allowed. */
  max?: number;
}

/** Where a script computes: the flag of all that run a model. */
export const DEVICE = {
  type: "string",
  default: "auto",
  choices: ["auto", "webgpu", "wasm", "cpu"],
  help: "where to compute",
} as const satisfies Flag;

type Value<F extends Flag> = F["type"] extends "boolean" ? boolean
  : Kind<F> | (F extends { default: string | number } | { required: true } ? never : undefined);

type Kind<F extends Flag> = F["type"] extends "string"
  ? F extends { choices: readonly (infer C)[] } ? C : string
  : number;

/** The value of each flag. */
export type Values<T extends Record<string, Flag>> = { [K in keyof T]: Value<T[K]> };

/** Thrown for a flag that cannot be used; the message says which, why, and what to write. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/**
 * Reads and checks flags.
 *
 * @throws {FlagError} If a flag is unknown or missing, lacks a value or has one that is not allowed.
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
      const given = arg.replace(/^-+|=.*/g, "");
      const [near] = Object.keys(flags).map((name) => ({ name, edits: distance(name, given) }))
        .filter(({ edits }) => edits < Math.min(3, given.length))
        .sort((a, b) => a.edits - b.edits);
      throw new FlagError(
        `there is no flag ${arg.replace(/=.*/, "")}${near ? `; did you mean --${near.name}?` : ""}`,
      );
    },
  });
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, checkFlag(name, flag, parsed[name])]),
  ) as Values<T>;
}

function checkFlag(name: string, flag: Flag, given: unknown): unknown {
  if (given === undefined || (flag.type === "boolean" && given === false)) {
    if (flag.required) throw new FlagError(`it needs --${name}=${flag.type}: ${flag.help}`);
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
 * @param flags The flags there are.
 * @param args What was given; a script that also takes words passes the flags alone.
 */
export function readFlags<const T extends Record<string, Flag>>(
  script: string,
  flags: T,
  args: string[] = Deno.args,
): Values<T> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(`${manual(script)}\n\nFlags\n${table(flags)}`);
    Deno.exit(0);
  }
  return orRefuse(script, () => checkFlags(flags, args));
}

/**
 * Reads the flags of a run that goes on: those it had before, but for what is given now.
 *
 * @param script The script's `import.meta.url`.
 * @param flags The flags there are.
 * @param before The values that the run had.
 * @param fixed The flags that cannot change in a run.
 */
export function readFlagsAgain<const T extends Record<string, Flag>>(
  script: string,
  flags: T,
  before: Readonly<Record<string, unknown>>,
  fixed: readonly (keyof T & string)[],
): Values<T> {
  return orRefuse(script, () => {
    const now = checkFlags(flags, remember(flags, before, Deno.args));
    for (const name of fixed) {
      if (now[name] === before[name] || before[name] === undefined) continue;
      throw new FlagError(
        `the run that goes on has --${name}=${before[name]}, which cannot become ${now[name]}`,
      );
    }
    return now;
  });
}

/** The arguments, after those of values that they do not give. */
export function remember(
  flags: Record<string, Flag>,
  before: Readonly<Record<string, unknown>>,
  args: readonly string[],
): string[] {
  const given = new Set(args.map((arg) => arg.replace(/^--|=.*/g, "")));
  const old = Object.entries(before).filter(([name, value]) =>
    name in flags && !given.has(name) && value !== undefined && value !== false
  );
  return [...old.map(([name, value]) => `--${name}${value === true ? "" : `=${value}`}`), ...args];
}

function orRefuse<T>(script: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    refuse(script, error.message);
  }
}

/**
 * Ends a script whose flags are wrong, with one line and status 2.
 *
 * @param script The script's `import.meta.url`.
 * @param why What is wrong.
 */
export function refuse(script: string, why: string): never {
  console.error(`Cannot run ${script.split("/").at(-1)} as ${why} (--help lists the flags)`);
  Deno.exit(2);
}

/**
 * The names that a flag lists, separated by commas; `all` stands for each there is. A wrong one ends the process.
 *
 * @param script The script's `import.meta.url`.
 * @param flag The name of the flag.
 * @param text What was given.
 * @param names The names there are.
 */
export function namesOf<N extends string>(
  script: string,
  flag: string,
  text: string,
  names: readonly N[],
): N[] {
  if (text === "all") return [...names];
  return text.split(",").map((name) => {
    const found = names.find((one) => one === name);
    return found ??
      refuse(script, `--${flag} must be all, or some of ${names.join(", ")}: it is ${name}`);
  });
}

/** The first comment of a script, without its frame. */
function manual(script: string): string {
  const source = Deno.readTextFileSync(new URL(script));
  return /\/\*\*\n([\s\S]*?)\*\//.exec(source)![1]!
    .replace(/^ \* ?/gm, "").replace(/@module\s*/, "").trim();
}

function table(flags: Record<string, Flag>): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const { type, help, default: value, choices, required } = flag;
    const note = required ? "needed" : value === false ? undefined : value;
    return [
      `  --${name}${type === "boolean" ? "" : `=${choices ? choices.join("|") : type}`}`,
      note === undefined ? help : `${help} (${note})`,
    ];
  });
  const width = Math.min(44, Math.max(...rows.map(([left]) => left!.length)));
  return rows.map(([left, help]) =>
    left!.length > width
      ? `${left}\n${" ".repeat(width)}  ${help}`
      : `${left!.padEnd(width)}  ${help}`
  ).join("\n");
}

/**
 * Runs a script's work; an error that a user can mend prints as one line and ends the process with status 1. With
 * `TOME_STACK=1` it comes with its stack.
 *
 * @param main The work.
 */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0); // the reader, such as `head`, has enough
    if (!(error instanceof Error) || error instanceof ReferenceError || wantsStack()) throw error;
    console.error(`${error.name}: ${error.message}`);
    Deno.exit(1);
  }
}

function wantsStack(): boolean {
  const name = "TOME_STACK";
  return Deno.permissions.querySync({ name: "env", variable: name }).state === "granted" &&
    Boolean(Deno.env.get(name));
}

/** Writes text to standard output at once, without a line of its own. */
export async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}
