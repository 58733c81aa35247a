import * as tf from "./_tf.ts";
import type { Tensor, Variable } from "./types.ts";

/** What is known of a tensor after it is gone. */
type Remains = Pick<Tensor, "dataId" | "dtype" | "shape" | "size">;

/** The parts of TensorFlow.js's engine that count tensors. */
interface Engine {
  trackTensor(tensor: Tensor, backend: unknown): void;
  disposeTensor(tensor: Remains): void;
  state: { registeredVariables: Record<string, Variable> };
}

let collecting = false;

/**
 * From now on frees the memory of tensors and variables that nothing can reach any more, whenever JavaScript collects its
 * garbage: for notebooks, where running a cell again forgets what it made before.
 *
 * Programs have owners instead, `tidy` and `using`, which free at once; what they free is not touched again. Calling this
 * twice is calling it once. Tensors that were made before stay their owner's.
 */
export function collectUnreachable(): void {
  if (collecting) return;
  collecting = true;
  const engine = tf.engine() as unknown as Engine;
  const [track, dispose] = [engine.trackTensor, engine.disposeTensor];
  const remains = new WeakMap<object, Remains>();
  const registry = new FinalizationRegistry<Remains>((gone) => dispose.call(engine, gone));

  engine.trackTensor = (tensor, backend) => {
    track.call(engine, tensor, backend);
    const { dataId, dtype, shape, size } = tensor;
    const kept = { dataId, dtype, shape, size };
    remains.set(tensor, kept);
    registry.register(tensor, kept, kept);
  };
  engine.disposeTensor = (tensor) => {
    const kept = remains.get(tensor);
    if (kept) registry.unregister(kept);
    remains.delete(tensor);
    dispose.call(engine, tensor);
  };
  engine.state.registeredVariables = weakly(engine.state.registeredVariables);
}

/** A table of variables by name that does not keep them alive. */
function weakly(variables: Record<string, Variable>): Record<string, Variable> {
  const references = new Map<string, WeakRef<Variable>>();
  for (const [name, variable] of Object.entries(variables)) {
    references.set(name, new WeakRef(variable));
  }
  const find = (name: string | symbol): Variable | undefined => {
    if (typeof name === "symbol") return;
    const variable = references.get(name)?.deref();
    if (!variable) references.delete(name);
    return variable;
  };
  return new Proxy({} as Record<string, Variable>, {
    get: (_, name) => find(name),
    has: (_, name) => find(name) !== undefined,
    set: (_, name, variable) => {
      references.set(String(name), new WeakRef(variable));
      return true;
    },
    deleteProperty: (_, name) => references.delete(String(name)) || true,
    ownKeys: () => [...references.keys()].filter(find),
    getOwnPropertyDescriptor(_, name) {
      const value = find(name);
      return value && { value, writable: true, enumerable: true, configurable: true };
    },
  });
}
