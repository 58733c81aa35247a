/**
 * Runs cases on devices and judges what they gave.
 *
 * @module
 */
import type { DeviceName } from "@tome/tome/tensor";
import * as tf from "../../lib/tensor/_tf.ts";
import type { Case } from "./case.ts";
import { compare, compareSlopes, limitsOf, type Verdict } from "./compare.ts";
import { type Differences, differences } from "./differences.ts";
import type { Nd } from "./oracle/nd.ts";
import { differentiated, execute, inputsOf, type Outcome } from "./run.ts";

/** What came of a case on a device. */
export interface Result {
  /** The case. */
  name: string;
  /** Where it ran. */
  device: DeviceName;
  /** The worst forward error. */
  forward: number;
  /** The worst gradient error; undefined where it has no gradient. */
  gradient?: number;
  /** What is wrong; empty if it passed. */
  faults: string[];
  /** How long it took on the device, in milliseconds. */
  millis: number;
}

/** The version of TensorFlow.js. */
export const TENSORFLOW: string = tf.version["tfjs-core"];

interface Truth {
  outputs: Nd[];
  source: string;
  slopes: (Differences | undefined)[];
}

/** Remembers what is true of each case, and what the first device gave, while the devices run. */
export class Suite {
  #truths = new Map<string, Truth>();
  #first = new Map<string, { device: DeviceName; outcome: Outcome }>();

  /** Runs a case on a device, which must be in use. */
  async check(c: Case, device: DeviceName): Promise<Result> {
    const inputs = inputsOf(c);
    const throws = c.expect === "error" && (c.on === undefined || c.on.includes(device));
    const truth = throws ? undefined : await this.#truth(c, inputs, device);
    const start = performance.now();
    const outcome = await execute(c, inputs);
    const result: Result = {
      name: c.name,
      device,
      forward: 0,
      faults: [],
      millis: performance.now() - start,
    };
    if (outcome.leaked !== 0) result.faults.push(`it leaks ${outcome.leaked} tensors and buffers`);
    if (throws) {
      if (!outcome.error) result.faults.push("it gives numbers, and should throw");
      else if (!c.message!.test(outcome.error.message)) {
        result.faults.push(`it throws "${brief(outcome.error)}", which should match ${c.message}`);
      }
      return result;
    }
    if (outcome.error) {
      result.forward = Infinity;
      result.faults.push(
        `${outcome.backward ? "the gradient" : "it"} throws "${brief(outcome.error)}"`,
      );
      return result;
    }
    this.#judge(c, result, outcome, truth!);
    this.#compareDevices(c, result, outcome);
    return result;
  }

  #judge(c: Case, result: Result, outcome: Outcome, truth: Truth): void {
    const limits = limitsOf(c, result.device);
    if (outcome.outputs.length !== truth.outputs.length) {
      result.faults.push(
        `it gives ${outcome.outputs.length} outputs, and should give ${truth.outputs.length}`,
      );
      return;
    }
    truth.outputs.forEach((expected, k) => {
      const which = truth.outputs.length > 1 ? ` ${k}` : "";
      this.#note(
        result,
        "forward",
        `forward${which}, by ${truth.source}`,
        compare(outcome.outputs[k]!, expected, limits),
      );
    });
    outcome.gradients.forEach((gradient, k) => {
      if (!gradient) return;
      const input = inputsOf(c)[k]!;
      if (String(gradient.shape) !== String(input.shape)) {
        this.#note(result, "gradient", `gradient by input ${k}`, {
          error: Infinity,
          fault: `the shape is [${gradient.shape}], and should be [${input.shape}]`,
        });
      } else if (truth.slopes[k]) {
        const verdict = compareSlopes(gradient, truth.slopes[k]!, limits);
        this.#note(result, "gradient", `gradient by input ${k}, by finite differences`, verdict);
      }
    });
  }

  #compareDevices(c: Case, result: Result, outcome: Outcome): void {
    const first = this.#first.get(c.name);
    if (!first || first.device === result.device) {
      if (result.faults.length === 0) this.#first.set(c.name, { device: result.device, outcome });
      return;
    }
    const a = limitsOf(c, result.device), b = limitsOf(c, first.device);
    const limits = {
      rtol: Math.max(a.rtol, b.rtol),
      atol: Math.max(a.atol, b.atol),
      floor: Math.max(a.floor, b.floor),
    };
    outcome.outputs.forEach((y, k) =>
      this.#note(
        result,
        "forward",
        `forward, by ${first.device}`,
        compare(y, first.outcome.outputs[k]!, limits),
      )
    );
    outcome.gradients.forEach((g, k) => {
      const other = first.outcome.gradients[k];
      if (g && other) {
        this.#note(
          result,
          "gradient",
          `gradient by input ${k}, by ${first.device}`,
          compare(g, other, limits),
        );
      }
    });
  }

  #note(result: Result, way: "forward" | "gradient", what: string, verdict: Verdict): void {
    result[way] = Math.max(result[way] ?? 0, verdict.error);
    if (verdict.fault) {
      result.faults.push(`${what}: error ${verdict.error.toExponential(1)}, ${verdict.fault}`);
    }
  }

  async #truth(c: Case, inputs: readonly Nd[], device: DeviceName): Promise<Truth> {
    let truth = this.#truths.get(c.name);
    if (truth) return truth;
    let outputs: Nd[];
    if (c.reference) outputs = [c.reference(...inputs)].flat();
    else {
      if (device !== "cpu") await tf.setBackend("cpu");
      const outcome = await execute(c, inputs);
      if (outcome.error) throw outcome.error;
      outputs = outcome.outputs;
    }
    const floats = outputs.some((y) => y.dtype === "float32");
    const by = differentiated(c, inputs).map((yes) => yes && floats);
    const slopes = await differences(c, inputs, by, outputs.map((y) => y.shape));
    if (!c.reference && device !== "cpu") await tf.setBackend(device);
    truth = { outputs, slopes, source: c.reference ? "the float64 reference" : "cpu" };
    this.#truths.set(c.name, truth);
    return truth;
  }
}

function brief(error: Error): string {
  return error.message.split("\n")[0]!.slice(0, 200);
}
