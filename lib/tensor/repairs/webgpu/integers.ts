/**
 * W13: whole numbers beyond 2^24.
 *
 * The stock programs read int32 as float32 and convert back, so that 16,777,217 becomes 16,777,216 on its way through a
 * gather or an addition. Where every buffer of a program is int32, the programs below compute in int32 instead.
 * Matrix products, powers, means and what else is not named here still go through float32.
 *
 * @module
 */
import { type SourceRepair, storageTypes, swap } from "./source.ts";
import type { StockProgram } from "./stock.ts";

/** Makes the accessors and the body of a program int32; `body` changes what is left. */
function typed(body: (wgsl: string, program: StockProgram) => string = (x) => x): SourceRepair {
  return (wgsl, program) => {
    const types = Object.values(storageTypes(wgsl));
    if (program.atomic && program.type !== "int32") return wgsl;
    if (types.length === 0 || !types.every((type) => type.includes("i32"))) return wgsl;
    const start = wgsl.indexOf("fn isinf(");
    const cut = wgsl.indexOf("}", start) + 1;
    const rest = body(wgsl.slice(cut), program);
    return wgsl.slice(0, cut) + rest.replaceAll("f32", "i32");
  };
}

const asIs = typed();

/** `0.0`, `1.0` in the body become whole. */
const whole = (wgsl: string) => wgsl.replace(/\b(\d+)\.0\b/g, "$1");

const reduce = typed((wgsl, program) => {
  const compared = wgsl.replaceAll(
    /if \(isnan\(candidate\)\) \{[\s\S]*?\} else if \(!isnan\(bestValue\) && (candidate . bestValue)\)/g,
    "if ($1)",
  );
  return whole(program.shaderKey.startsWith("reduce_mean") ? wgsl : compared);
});

/** Operators whose result is a whole number for whole numbers: their int32 form, where it differs. */
const BINARY: Record<number, string | undefined> = {
  7: "floorDivide",
  14: "max",
  15: "min",
  16: "modulo",
};
/** The operators whose source is the same for int32: add, the comparisons, multiply, squared difference, subtract. */
const PLAIN = [0, 6, 8, 9, 10, 11, 17, 18, 21, 22];

const binary = typed((wgsl, { op }) => {
  const call = BINARY[op as number];
  if (!call) return whole(wgsl);
  const body = wgsl.match(/fn binaryOperation\([^)]*\) -> ([^ {]+)\s*\{/)![1]!;
  return swap(
    wgsl,
    /fn binaryOperation\([\s\S]*?\};/,
    `fn floorDivide(a : T, b : T) -> T {
      let quotient = a / b;
      let rest = a - quotient * b;
      let floored = quotient - select(T(0), T(1), (rest != T(0)) & ((rest < T(0)) != (b < T(0))));
      return select(floored, T(0), b == T(0));
    }
    fn modulo(a : T, b : T) -> T { return select(a - floorDivide(a, b) * b, T(0), b == T(0)); }
    fn binaryOperation(a : T, b : T) -> T { return ${call}(a, b); };`.replaceAll(/\bT\b/g, body),
  );
});

/** Absolute value, negation and square. */
const UNARY = [0, 22, 36];

/** The int32 form of each program that has one, by the name of its class. */
export const INTEGER_REPAIRS: Record<string, SourceRepair> = {
  AddNPackedProgram: asIs,
  BinaryOpProgram: (wgsl, program) =>
    PLAIN.includes(program.op as number) || BINARY[program.op as number]
      ? binary(wgsl, program)
      : wgsl,
  ConcatProgram: asIs,
  CumProgram: typed((wgsl) => wgsl.replace(/var val = ([01])\.0/, "var val = $1")),
  DepthToSpaceProgram: asIs,
  GatherNDProgram: typed((wgsl) => swap(wgsl, /round\((getIndices\([^;]*\))\)\)/, "$1)")),
  GatherProgram: typed((wgsl) =>
    swap(wgsl, /let inBounds = select\(0\.0, 1\.0,/, "let inBounds = select(0, 1,")
  ),
  MirrorPadProgram: asIs,
  PadProgram: typed((wgsl) => swap(wgsl, "uniforms.constantValue", "i32(uniforms.constantValue)")),
  ReduceProgram: (wgsl, program) =>
    program.shaderKey.startsWith("reduce_mean") ? wgsl : reduce(wgsl, program),
  ReverseProgram: asIs,
  ScatterProgram: typed((wgsl) => swap(wgsl, /round\((getIndices\([^)]*\))\)/, "$1")),
  SelectProgram: typed((wgsl) => swap(wgsl, "cVal >= 1.0", "cVal >= 1")),
  SliceProgram: asIs,
  SpaceToBatchNDProgram: asIs,
  StridedSliceProgram: asIs,
  TileProgram: asIs,
  TransposeProgram: asIs,
  TransposeSharedProgram: asIs,
  UnaryOpProgram: (wgsl, program) =>
    UNARY.includes(program.op as number) ? asIs(wgsl, program) : wgsl,
  UnsortedSegmentSumProgram: asIs,
};
