/** What the library uses of Deno's Jupyter kernel; the parts that Deno does not promise may be missing. */
export interface Host {
  /** Sends a message to the front end. */
  broadcast(type: string, content: Record<string, unknown>, extra?: object): Promise<void>;
  /** Deno's own object, whose functions cells call. */
  jupyter: {
    broadcast: Host["broadcast"];
    display?: (value: unknown, options?: object) => Promise<void>;
  };
  /** What Deno keeps to itself. */
  internals: Internals;
}

/** The parts of Deno's internals that make a cell's output complete. */
export interface Internals {
  /** The class of `console`, made with a function that takes text and a level, 2 and more being for standard error. */
  Console?: new (print: (text: string, level: number) => void) => Record<string, unknown>;
  /** Functions of the kernel; `broadcastResult` is called after every cell that ended well. */
  jupyter?: { broadcastResult?: (count: number, result: unknown) => Promise<void> };
  /** Functions of the runtime. */
  core?: {
    setPromiseHooks?: (
      init: undefined,
      before: undefined,
      after: undefined,
      resolve: (promise: Promise<unknown>) => void,
    ) => void;
    getPromiseDetails?: (promise: Promise<unknown>) => [state: number, value: unknown];
  };
}

/**
 * Finds the Jupyter kernel that this program runs in.
 *
 * @returns The kernel, or `undefined` in any other program.
 */
export function findHost(): Host | undefined {
  try {
    const deno = Deno as unknown as Record<string | symbol, unknown>;
    const jupyter = deno.jupyter as Host["jupyter"] | undefined; // throws outside the kernel
    if (typeof jupyter?.broadcast !== "function") return undefined;
    const { internal } = deno;
    const internals = typeof internal === "symbol" || typeof internal === "string"
      ? deno[internal] as Internals | undefined
      : undefined;
    return { broadcast: jupyter.broadcast, jupyter, internals: internals ?? {} };
  } catch {
    return undefined;
  }
}
