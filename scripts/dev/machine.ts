// deno-lint-ignore-file no-console
/** The outside world of the set-up; tests pass one of their own. */
export interface Machine {
  /** The operating system, as `Deno.build.os` names it. */
  readonly os: string;
  /** Whether this process may install system packages. */
  readonly root: boolean;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** The text of a file, or `undefined` if it cannot be read. */
  read(path: string): string | undefined;
  /** Writes a text file. */
  write(path: string, text: string): void;
  /** Runs a program to its end; a program that does not exist fails. */
  run(command: string, args: string[]): Promise<{ success: boolean; output: string }>;
  /** Whether the system's loader finds a shared library that has a symbol. */
  loads(library: string, symbol: string): boolean;
  /** The name of the WebGPU adapter that a new process finds. */
  adapter(): Promise<string | undefined>;
  /** Prints a line. */
  say(line: string): void;
}

/** The machine that this process runs on. */
export const thisMachine: Machine = {
  os: Deno.build.os,
  root: Deno.build.os === "linux" && Deno.uid() === 0,
  env: (name) => Deno.env.get(name) || undefined,
  read(path) {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return undefined;
    }
  },
  write: (path, text) => Deno.writeTextFileSync(path, text),
  async run(command, args) {
    try {
      const { success, stdout, stderr } = await new Deno.Command(command, {
        args,
        stdin: "null",
        env: environment(thisMachine, {
          DEBIAN_FRONTEND: "noninteractive",
          NO_COLOR: "1",
        }),
      }).output();
      const text = new TextDecoder();
      return { success, output: text.decode(stdout) + text.decode(stderr) };
    } catch (error) {
      return { success: false, output: String(error) };
    }
  },
  loads(library, symbol) {
    try {
      Deno.dlopen(library, { [symbol]: { parameters: [], result: "void" } }).close();
      return true;
    } catch {
      return false;
    }
  },
  async adapter() {
    const ask =
      "const a = await navigator.gpu?.requestAdapter(); if (a) console.log(a.info.description || a.info.vendor || 'unnamed')";
    const { success, output } = await thisMachine.run(Deno.execPath(), ["eval", "--quiet", ask]);
    return success ? output.trim().split("\n").at(-1) || undefined : undefined;
  },
  say: (line) => console.log(line),
};

/**
 * Adds to the environment of programs that use a device: a Vulkan driver wants a folder for its sockets and keeps the
 * programs that it has compiled.
 */
export function environment(
  machine: Machine,
  more: Record<string, string> = {},
): Record<string, string> {
  const env = { ...more };
  if (!machine.env("XDG_RUNTIME_DIR") && machine.os === "linux") {
    env.XDG_RUNTIME_DIR = machine.env("TMPDIR") ?? "/tmp";
  }
  if (!machine.env("MESA_SHADER_CACHE_DIR")) {
    env.MESA_SHADER_CACHE_DIR = `${import.meta.dirname}/../../.cache/mesa`;
  }
  return env;
}
