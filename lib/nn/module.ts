import * as tf from "../tensor/_tf.ts";
import { displayable, ownVariable, type Tensor, type Variable } from "../tensor/mod.ts";

/**
 * A part of a network: parameters held in its fields, and a forward pass.
 *
 * Parameters are found by walking the fields, so a field's name is its name in checkpoints, in the optimizer and in
 * error messages. Who frees what: `forward` allocates freely and disposes nothing, inside a scope that its caller
 * owns; a module that lives long is held with `using`.
 */
export abstract class Module {
  /** Whether layers such as dropout behave as in training. */
  training = true;

  /** Yields each parameter once, with its path from here, such as `"blocks.0.attn.qkv.weight"`. */
  *namedParameters(prefix = ""): Generator<[string, Variable]> {
    const seen = new Set<Variable>();
    for (const [name, node] of walk(this, prefix)) {
      if (!(node instanceof tf.Variable) || seen.has(node) || buffers.has(node)) continue;
      seen.add(node); // a tied weight appears under its first name
      yield [name, node];
    }
  }

  /** Yields what belongs to the model's state and is not learnt by gradients, such as running means, with paths from here. */
  *namedBuffers(prefix = ""): Generator<[string, Variable]> {
    for (const [name, node] of walk(this, prefix)) {
      if (node instanceof tf.Variable && buffers.has(node)) yield [name, node];
    }
  }

  /** Yields everything that a checkpoint must hold: the parameters, then the buffers. */
  *namedState(prefix = ""): Generator<[string, Variable]> {
    yield* this.namedParameters(prefix);
    yield* this.namedBuffers(prefix);
  }

  /** Yields this module and every module inside it, each with its path from here; this one's path is `""`. */
  *namedModules(prefix = ""): Generator<[string, Module]> {
    for (const [name, node] of walk(this, prefix)) if (node instanceof Module) yield [name, node];
  }

  /** Yields the modules directly inside this one, also those in its arrays. */
  *children(): Generator<Module> {
    for (const value of Object.values(this)) {
      for (const node of Array.isArray(value) ? value : [value]) {
        if (node instanceof Module) yield node;
      }
    }
  }

  /** Multiplications and additions that one token takes on its way forward; what its parts take, unless a class says more. */
  get flopsPerToken(): number {
    let sum = 0;
    for (const child of this.children()) sum += child.flopsPerToken;
    return sum;
  }

  /** Every parameter, in the order of {@link namedParameters}. */
  parameters(): Variable[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** The number of values in all parameters. */
  numParameters(): number {
    return this.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /** Makes every layer behave as in training, or, given `false`, as in use. */
  train(training = true): this {
    for (const [, module] of this.namedModules()) module.training = training;
    return this;
  }

  /** Makes every layer behave as in use: no dropout. */
  eval(): this {
    return this.train(false);
  }

  /** Frees what this module itself holds besides its parameters; called once, when it or a module around it is disposed. */
  protected free(): void {}

  /** Frees the memory of every parameter and buffer, and of what the modules hold besides. */
  [Symbol.dispose](): void {
    const modules = new Set([...this.namedModules()].map(([, module]) => module));
    for (const [, variable] of [...this.namedState()]) variable.dispose();
    for (const module of modules) module.free();
  }
}

displayable(Module.prototype);

/** The variables that are buffers. */
const buffers = new WeakSet<Variable>();

/** The module, the modules in its fields and their parameters, outermost first. */
function* walk(node: unknown, path: string): Generator<[string, Module | Variable]> {
  if (node instanceof tf.Variable) yield [path, node];
  else if (node instanceof Module || Array.isArray(node)) {
    if (node instanceof Module) yield [path, node];
    for (const [key, value] of Object.entries(node)) {
      yield* walk(value, path ? `${path}.${key}` : key);
    }
  }
}

/**
 * A trainable variable that starts with the value that `init` makes.
 *
 * @param init Makes the first value; its tensors are freed.
 */
export function parameter(init: () => Tensor): Variable {
  return ownVariable(tf.tidy(init), true);
}

/**
 * A variable of a module's state that no gradient changes, such as a running mean: see {@link Module.namedBuffers}.
 *
 * @param init Makes the first value; its tensors are freed.
 */
export function buffer(init: () => Tensor): Variable {
  const variable = ownVariable(tf.tidy(init), false);
  buffers.add(variable);
  return variable;
}
