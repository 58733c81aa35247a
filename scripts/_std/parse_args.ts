/**
 * `parseArgs` of `@std/cli/parse-args`, from its copy on npm.
 *
 * That copy carries no types; here are those of the options that this project uses. Where JSR answers, the line of
 * `deno.json` that names this file becomes `"@std/cli/parse-args": "jsr:@std/cli@^1/parse-args"`, and the file goes.
 *
 * @module
 */
import { parseArgs as parse } from "npm:deno-std@1.4.0/cli/parse_args.js";

/** Which flags there are. */
export interface ParseOptions<S extends string, B extends string, D> {
  /** Flags whose values stay strings. */
  string?: readonly S[];
  /** Flags that are true or false. */
  boolean?: readonly B[];
  /** Values of flags that are not given. */
  default?: D;
  /** Other names of flags. */
  alias?: Record<string, string>;
  /** Called for every argument that is not declared; `false` leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The flags found, and under `_` the arguments that are none. */
export type Args<S extends string, B extends string, D> =
  & { [K in S]: K extends keyof D ? string : string | undefined }
  & { [K in B]: boolean }
  & { _: (string | number)[] };

/**
 * Reads command-line flags.
 *
 * @param args The arguments, such as `Deno.args`.
 * @param options Which flags there are.
 */
export function parseArgs<
  const S extends string = never,
  const B extends string = never,
  const D extends Record<string, string | boolean> = Record<never, never>,
>(args: string[], options: ParseOptions<S, B, D> = {}): Args<S, B, D> {
  return (parse as (args: string[], options: unknown) => Args<S, B, D>)(args, options);
}
