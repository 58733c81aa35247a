/**
 * The defects of TensorFlow.js's WebGPU backend 4.22.0 and their repairs, by the numbers W1 … W26.
 *
 * A repair changes a program's source before it is compiled (no cost at run time), the program itself (matrix products
 * only), or the kernel that runs it. What is no single kernel's matter is in `backend.ts`: W6 (too large a tensor), W7
 * (errors of the GPU), W14 (no forwarding to the CPU), W17 (synchronous reads), W22 (complex tensors), and in `webgpu.ts`: W20 (the start).
 *
 * @module
 */
import { castToFloat } from "./cast.ts";
import { cumulativeLength } from "./cumulative.ts";
import { unfoldIds } from "./dispatch.ts";
import { preciseActivation, preciseUnary, specialBinary } from "./elementwise.ts";
import { INTEGER_REPAIRS } from "./integers.ts";
import { broadcastBatches, emptyInner, guardInner, scalarSplit, wholeSplit } from "./matmul.ts";
import { multiplyInRegisters } from "./product.ts";
import { nameMissing, nameReaders } from "./reading.ts";
import { argOfVector, reduceNothing, topOfOne } from "./reductions.ts";
import { dropBeyond, repairSegments } from "./segments.ts";
import {
  addInGroups,
  checkGather,
  convolveNothing,
  cumulativeOfHighRank,
  fillExactly,
  nearestCell,
  padOfHighRank,
  reverseOfHighRank,
  selectOfHighRank,
  shapeOfParts,
  tileOfHighRank,
  typedTranspose,
} from "./shapes.ts";
import { type SourceRepair, swap } from "./source.ts";
import type { StockProgram } from "./stock.ts";

/** The repairs of sources, by the class of the program, in their order. */
const SOURCES: Record<string, SourceRepair[]> = {
  BiasActivationProgram: [preciseActivation],
  BinaryOpProgram: [specialBinary],
  Conv2DMMProgram: [preciseActivation],
  Conv2DNaiveProgram: [preciseActivation],
  CumProgram: [cumulativeLength],
  DepthwiseConv2DNCHWSharedProgram: [preciseActivation],
  DepthwiseConv2DProgram: [preciseActivation],
  DepthwiseConv2DVec4Program: [preciseActivation],
  MatMulPackedProgram: [emptyInner, guardInner, preciseActivation],
  MatMulReduceProgram: [preciseActivation],
  MatMulSmallOutputSizeProgram: [emptyInner, guardInner, preciseActivation],
  MatMulSplitKProgram: [guardInner],
  PadProgram: [padOfHighRank],
  TransformProgram: [nearestCell],
  TransposeProgram: [typedTranspose],
  UnaryOpProgram: [preciseUnary],
  UnsortedSegmentSumProgram: [dropBeyond],
};

/** Repairs the source of a program of the stock backend; others pass unchanged. */
export function repairSource(wgsl: string, program: StockProgram): string {
  const name = program.constructor.name;
  for (const repair of SOURCES[name] ?? []) wgsl = repair(wgsl, program);
  const integers = INTEGER_REPAIRS[name];
  if (integers) wgsl = integers(wgsl, program);
  for (const output of program.writes ?? []) {
    wgsl = swap(wgsl, `var<storage, read> ${output}:`, `var<storage, read_write> ${output}:`);
  }
  return unfoldIds(wgsl, program);
}

/**
 * Repairs a program before it runs.
 *
 * @param inner Length of the first operand's axes, for products.
 * @param deterministic Whether results must repeat bit for bit.
 */
export function repairSplit(program: StockProgram, shapeA: number[], deterministic: boolean): void {
  scalarSplit(program);
  if (deterministic) wholeSplit(program, shapeA[program.transposeA ? 1 : 2]!);
}

let installed = false;

/** Wraps the kernels; once a process. */
export function installRepairs(deterministic: () => boolean): void {
  if (installed) return;
  installed = true;
  addInGroups();
  argOfVector();
  castToFloat();
  checkGather();
  convolveNothing();
  cumulativeOfHighRank();
  fillExactly();
  nameMissing();
  nameReaders();
  reduceNothing();
  repairSegments(deterministic);
  reverseOfHighRank();
  selectOfHighRank();
  shapeOfParts();
  tileOfHighRank();
  topOfOne();
  broadcastBatches();
  multiplyInRegisters();
}
