/**
 * GPU commands of a function, recorded once and replayed.
 *
 * @module
 */
import * as tf from "./_tf.ts";
import type { RepairedBackend } from "./repairs/webgpu/backend.ts";
import { makingFor } from "./owners.ts";
import { attempt, type Plan } from "./repairs/webgpu/plan.ts";
import type { Tensor } from "./types.ts";
import { warn } from "./warn.ts";

/** How {@link record} works. */
export interface RecordOptions {
  /** What the function is called in warnings. @default {"a function"} */
  name?: string;
  /** How many plans are kept, one for each set of shapes; the one unused for longest goes. @default {8} */
  maxPlans?: number;
  /** Told once, with the reason, if calls cannot be replayed. @default {a warning on the console} */
  onFallback?: (why: string) => void;
}

/** What a recorded function has recorded. */
export interface RecordingReport {
  /** Plans kept. */
  plans: number;
  /** Bytes of their buffers on the GPU, which they hold until disposed. */
  bytes: number;
  /** Calls that were replayed. */
  replays: number;
  /** Calls that ran op by op, those that were recorded too. */
  eager: number;
  /** Dispatches of the plan used last. */
  dispatches: number;
}

/** A function that records itself; made by {@link record}. */
export interface Recorded<I, O> extends Disposable {
  /** Runs the function, or replays it. What it gives is the caller's to free. */
  (input: I): O;
  /** What it has recorded. */
  readonly report: RecordingReport;
}

/** What is known of one set of shapes. */
interface Known<O> {
  attempts: number;
  trace?: string[];
  plan?: Plan;
  shape?: (outputs: Tensor[]) => O;
  refused?: boolean;
}

const ATTEMPTS = 6; // after which nothing is expected to repeat
const UNKNOWN = 32; // sets of shapes that are remembered without a plan
const DEEPEST = 16; // objects in objects of an input that are looked into
const STRANGERS = 64; // sets of shapes that never came again, after which the user is told

/**
 * Makes a function whose work on the GPU is recorded and then replayed, which takes hardly any time of the CPU.
 *
 * The function must do the same on each call with tensors of the same shapes, but for their values, for numbers drawn
 * by {@link live}, and for what {@link onHost} does: two calls are recorded and compared command by command, and only if
 * they agree are the following ones replayed. A call replays if its shapes were seen before and every tensor from
 * outside, such as a parameter, still lies where it lay; else it runs op by op and is recorded anew. On other
 * devices, and in strict mode, the function just runs.
 *
 * What decides by the values of tensors, by other numbers than those above, or by the time cannot be seen; leave such
 * functions alone.
 *
 * @param f Gives tensors that it made, alone or in arrays and objects. It is not `async` and reads nothing.
 * @param options How many plans are kept, and who hears of a fallback.
 */
export function record<I, O>(f: (input: I) => O, options: RecordOptions = {}): Recorded<I, O> {
  const { name = "a function", maxPlans = 8 } = options;
  const known = new Map<string, Known<O>>();
  let [replays, eager, dispatches, strangers] = [0, 0, 0, 0];
  let fellBack = false;

  const fallBack = (why: string) => {
    if (fellBack) return;
    fellBack = true;
    const onFallback = options.onFallback ??
      ((why: string) => warn(`${name} runs op by op, without replay, as ${why}`));
    onFallback(why);
  };
  const forget = (key: string) => {
    known.get(key)?.plan?.destroy();
    known.delete(key);
  };

  const tidied = (input: I): O =>
    makingFor("activations", () => tf.tidy(() => f(input) as unknown as tf.TensorContainer) as O);
  const call = (input: I): O => {
    const backend = tf.getBackend() === "webgpu" && tf.backend() as unknown as RepairedBackend;
    if (!backend || backend.strict || backend.recorder) {
      eager++;
      return tidied(input);
    }
    const inputs: Tensor[] = [];
    const key = `${backend.deterministic}${describe(input, inputs)}`;
    let entry = known.get(key);
    if (entry?.plan && !entry.plan.valid) {
      forget(key);
      entry = undefined;
    }
    if (entry?.plan) {
      known.delete(key); // the latest used comes last
      known.set(key, entry);
      const outputs = entry.plan.replay(inputs);
      replays++;
      dispatches = entry.plan.dispatches;
      return entry.shape!(outputs);
    }
    eager++;
    if (entry?.refused || inputs.some(({ size, dtype }) => size === 0 || !RECORDABLE.has(dtype))) {
      return tidied(input);
    }
    if (!entry) {
      known.set(key, entry = { attempts: 0 });
      for (const old of [...known].filter(([, { plan }]) => !plan).slice(0, -UNKNOWN)) {
        known.delete(old[0]);
        if (++strangers > STRANGERS) {
          fallBack(
            "its input has other shapes, or holds other numbers or texts, in nearly every call",
          );
        }
      }
    }
    let shape: ((outputs: Tensor[]) => O) | undefined;
    const made = attempt(backend, distinct(inputs), () => {
      const outputs: Tensor[] = [];
      shape = rebuild(tidied(input), outputs) as (outputs: Tensor[]) => O;
      return outputs;
    });
    entry.attempts++;
    if (made.plan && entry.trace && same(made.trace, entry.trace)) {
      entry.plan = made.plan;
      entry.shape = shape!;
      delete entry.trace;
      const planned = [...known].filter(([, { plan }]) => plan);
      for (const [old] of planned.slice(0, -maxPlans)) forget(old);
    } else {
      const steady = made.plan !== undefined;
      made.plan?.destroy();
      if (entry.attempts >= ATTEMPTS) {
        entry.refused = true;
        fallBack(made.refusal ?? whereDifferent(made.trace, entry.trace ?? []));
      }
      entry.trace = steady && !entry.refused ? made.trace : undefined;
    }
    return shape!(made.outputs);
  };
  return Object.defineProperties(call, {
    report: {
      get: (): RecordingReport => {
        const plans = [...known.values()].flatMap(({ plan }) => plan ? [plan] : []);
        const bytes = plans.reduce((sum, plan) => sum + plan.bytes, 0);
        return { plans: plans.length, bytes, replays, eager, dispatches };
      },
    },
    [Symbol.dispose]: { value: () => [...known.keys()].forEach(forget) },
  }) as Recorded<I, O>;
}

const RECORDABLE: ReadonlySet<string> = new Set(["float32", "int32", "bool"]);

/** The tensors without those that share another one's data. */
function distinct(tensors: readonly Tensor[]): Tensor[] {
  return [...new Map(tensors.map((tensor) => [tensor.dataId, tensor])).values()];
}

/** Everything about a value but the values of the tensors in it, which are put into a list. */
function describe(value: unknown, tensors: Tensor[], depth = 0): string {
  if (value instanceof tf.Tensor) {
    const before = tensors.findIndex(({ dataId }) => dataId === value.dataId);
    if (before < 0) tensors.push(value);
    return `${value.dtype}[${value.shape}]${before < 0 ? "" : `=${before}`}`;
  }
  if (value === null || typeof value !== "object") {
    return typeof value === "function" ? "function" : `${typeof value}:${String(value)}`;
  }
  if (depth === DEEPEST) return "…"; // as in a ring of objects
  if (ArrayBuffer.isView(value)) return `${value}`;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return `{${entries.map(([k, v]) => `${String(k)}:${describe(v, tensors, depth + 1)}`).join()}}`;
}

/** Puts the tensors of a value into a list; the result makes the same value of other tensors. */
function rebuild(value: unknown, tensors: Tensor[]): (made: Tensor[]) => unknown {
  if (value instanceof tf.Tensor) {
    const at = tensors.push(value) - 1;
    return (made) => made[at];
  }
  if (Array.isArray(value)) {
    const parts = value.map((part) => rebuild(part, tensors));
    return (made) => parts.map((part) => part(made));
  }
  if (value !== null && typeof value === "object") {
    const parts = Object.entries(value).map(([k, part]) => [k, rebuild(part, tensors)] as const);
    return (made) => Object.fromEntries(parts.map(([k, part]) => [k, part(made)]));
  }
  return () => value;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, k) => line === b[k]);
}

function whereDifferent(a: readonly string[], b: readonly string[]): string {
  const k = a.findIndex((line, k) => line !== b[k]);
  return `two calls with the same shapes differ at command ${k < 0 ? a.length : k} of ${a.length}`;
}
