/**
 * What a contender is: a process that sets itself up, then does rounds of the same work when it is told to.
 *
 * @module
 */

/** What a contender says of itself once it is set up. */
export interface Facts {
  /** The device, such as `"webgpu"` or `"wasm"`. */
  device: string;
  /** What computes: the adapter's name, or the library that multiplies matrices and its threads. */
  detail: string;
  /** The packages at work, by name. */
  versions: Record<string, string>;
  /** Which measured limit of the machine bounds the work. */
  limit: "webgpu" | "cpu";
}

/** What one round measured, a unit of work where nothing else is said. */
export interface Sample {
  /** Milliseconds. */
  wallMillis: number;
  /** Milliseconds in which the process neither waited for the GPU nor was inside `queue.submit`. */
  scriptMillis?: number;
  /** Milliseconds of the GPU inside passes of programs, by its timestamps; where the adapter has them. */
  passMillis?: number;
  /** GPU programs launched. */
  dispatches?: number;
  /** The most bytes of GPU buffers allocated at once in the round; on the CPU, resident bytes above those before set-up. */
  peakBytes: number;
  /** The same since the process began, warm-up included. */
  lifePeakBytes: number;
  /** Losses, tokens or other numbers that contenders must agree on, in order. */
  results: number[];
}

/** The work of a contender after its set-up. */
export interface Work {
  /** What it says of itself. */
  facts: Facts;
  /** Does a number of units and leaves nothing in flight. Gives numbers that contenders must agree on. */
  run(units: number): Promise<number[]>;
}

/** Sets a contender up for a row's settings. */
export type SetUp<S> = (settings: S) => Promise<Work>;

/** How a row starts a contender: a module of `contenders/` and one of its exports, or a name in `python/work.py`. */
export interface ContenderSpec {
  /** What it is called in tables. */
  name: string;
  /** The module in `contenders/` and its export, such as `"tfjs_gpt.ts#webgpu"`; or the name in `python/work.py`. */
  entry: string;
  /** What is added to the row's settings. */
  settings?: Record<string, unknown>;
  /** What it cannot do without: a WebGPU adapter, or a Python with PyTorch. */
  needs?: "adapter" | "python";
}

/** A contender's number against another's. */
export interface Goal {
  /** The contender that is judged. */
  of: string;
  /** The contender it is compared with. */
  against: string;
  /** What is compared. */
  measure: "wallMillis" | "scriptMillis" | "dispatches" | "peakBytes";
  /** The other one's number divided by its own must be at least this. */
  ratio: number;
}

/** A line of work that contenders do, each in a process of its own. */
export interface Row {
  /** The name on the command line. */
  name: string;
  /** What the work is. */
  title: string;
  /** What is counted, such as `"step"`. */
  unit: string;
  /** The sizes, for people. */
  shape: string;
  /** Floating-point operations of a unit. */
  flops: number;
  /** Units done before anything is measured. */
  warmUp: number;
  /** Units in a round. */
  units: number;
  /** What all contenders are given. */
  settings: Record<string, unknown>;
  /** Who takes part. */
  contenders: ContenderSpec[];
  /** How far results may be apart from those of the first contender that runs; none are compared without it. */
  tolerance?: number;
  /** What the row must show. */
  goals: Goal[];
}
