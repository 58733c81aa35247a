/**
 * The machine that a benchmark runs on, and what it has: an adapter, a Python.
 *
 * @module
 */

/** The conditions of a run. */
export interface Machine {
  /** Deno's version. */
  deno: string;
  /** The operating system and the kind of processor. */
  system: string;
  /** Logical cores. */
  cores: number;
  /** The WebGPU adapter's name, if one answers. */
  adapter?: string;
  /** The mean number of processes that wanted a core, over a minute, when the run began. */
  load: number;
  /** When the run began. */
  date: string;
}

/** The name of the WebGPU adapter; empty if none answers. */
export async function adapterName(): Promise<string> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  return adapter ? adapter.info.description || adapter.info.vendor || "unnamed" : "";
}

/** Looks at this machine. */
export async function thisMachine(): Promise<Machine> {
  const adapter = await adapterName();
  return {
    deno: Deno.version.deno,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
    ...(adapter ? { adapter } : {}),
    load: Deno.loadavg()[0]!,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** A Python that has the packages, if there is one: `TOME_PYTHON`, else `python3`. */
export async function findPython(packages: readonly string[]): Promise<string | undefined> {
  const test = `import importlib.util as u, sys; sys.exit(any(u.find_spec(p) is None for p in ${
    JSON.stringify(packages)
  }))`;
  for (const python of [Deno.env.get("TOME_PYTHON"), "python3"]) {
    if (!python) continue;
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", test],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      const { NotCapable, NotFound } = Deno.errors;
      if (!(error instanceof NotFound || error instanceof NotCapable)) throw error;
    }
  }
}
