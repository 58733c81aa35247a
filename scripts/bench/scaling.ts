/**
 * How a step of Tome grows with the model, the context, the batch and the vocabulary.
 *
 * @module
 */
import type { Row } from "./contender.ts";
import { type GPTTask, SMALL, stepFlops } from "./gpt.ts";
import { type HarnessOptions, runRow } from "./harness.ts";
import { gptShape } from "./rows.ts";

/** One size of a step, measured. */
export interface Point {
  /** The device. */
  device: string;
  /** The size that changes. */
  size: number;
  /** Milliseconds a step. */
  wallMillis: number;
  /** The most bytes at once. */
  peakBytes: number;
}

/** A curve of sizes. */
export interface Curve {
  /** What changes. */
  name: string;
  /** The unit of the size. */
  unit: string;
  /** The sizes, measured, rising. */
  points: Point[];
}

type Axis = { name: string; unit: string; sizes: number[]; at: (size: number) => Partial<GPTTask> };

const AXES: Axis[] = [
  {
    name: "parameters",
    unit: "parameters",
    sizes: [32, 64, 128, 256],
    at: (width) => ({ width }),
  },
  {
    name: "context",
    unit: "tokens in a sequence",
    sizes: [32, 64, 128, 256],
    at: (context) => ({ context }),
  },
  { name: "batch", unit: "sequences", sizes: [2, 4, 8, 16], at: (batch) => ({ batch }) },
  {
    name: "vocabulary",
    unit: "different tokens",
    sizes: [65, 512, 4096, 16384],
    at: (vocab) => ({ vocab }),
  },
];

/** Measures all four curves, on each device that there is. */
export async function scale(tiny: boolean, options: HarnessOptions): Promise<Curve[]> {
  const curves: Curve[] = [];
  for (const { name, unit, sizes, at } of AXES) {
    const points: Point[] = [];
    for (const size of tiny ? sizes.slice(0, 2) : sizes) {
      const task: GPTTask = {
        ...SMALL,
        ...(tiny ? { layers: 1, batch: 1, context: 8 } : {}),
        ...at(size),
      };
      const results = await runRow(rowFor(`${name} ${size}`, task), options);
      for (const { facts, median } of results) {
        if (!facts || !median) continue;
        const { wallMillis, peakBytes } = median;
        const shown = name === "parameters" ? parametersOf(task) : size;
        points.push({ device: facts.device, size: shown, wallMillis, peakBytes });
      }
    }
    curves.push({ name, unit, points });
  }
  return curves;
}

function rowFor(name: string, task: GPTTask): Row {
  return {
    name,
    title: `A step, ${name}`,
    unit: "step",
    shape: gptShape(task),
    flops: stepFlops(task),
    warmUp: 4,
    units: 2,
    settings: { ...task },
    contenders: [
      { name: "Tome wasm", entry: "tome_gpt.ts#train", settings: { device: "wasm" } },
      {
        name: "Tome webgpu",
        entry: "tome_gpt.ts#train",
        settings: { device: "webgpu" },
        needs: "adapter",
      },
    ],
    goals: [],
  };
}

/** Parameters of a model with biases. */
function parametersOf({ layers, width, context, vocab }: GPTTask): number {
  return (vocab + context) * width + layers * (12 * width ** 2 + 13 * width) + 2 * width;
}
