/**
 * Elementwise functions: near 0, at NaN, at infinity.
 *
 * @module
 */
import PRECISE from "./precise.wgsl" with { type: "text" };
import { type SourceRepair, storageTypes, swap } from "./source.ts";
import SPECIAL from "./special.wgsl" with { type: "text" };

/** The bodies of unary programs, by the operator's number in the stock backend. */
const UNARY: Record<number, string> = {
  4: "return preciseAsinh(a);",
  6: "return preciseAtanh(a);",
  10: "return preciseElu(a);",
  13: "return preciseExpm1(a);",
  20: "return preciseLog1p(a);",
  24: "return preciseRelu6(a);",
  33: "return preciseSinh(a);",
  39: "return preciseTanh(a);",
};

/** W15, W16: unary programs. */
export const preciseUnary: SourceRepair = (wgsl, { op }) => {
  const body = UNARY[op as number];
  if (body) {
    const changed = swap(
      wgsl,
      /(fn unaryOperation\(a : f32\) -> f32 \{)[\s\S]*?\}\s*(?=fn main)/,
      `$1 ${body} }\n`,
    );
    return changed + PRECISE;
  }
  switch (op) {
    case 11: // erf, whose polynomial leaves nothing of small numbers
      return swap(
        wgsl,
        "let sign = sign(a);",
        "if (abs(a) < 0.5) { return preciseErf(a); }\nlet sign = sign(a);",
      ) +
        PRECISE;
    case 29: // selu
      return swap(wgsl, "(exp(a) - 1.0)", "preciseExpm1(a)") + PRECISE;
    case 34: // softplus
      return swap(wgsl, "log(exp_a + 1.0)", "preciseLog1p(exp_a)") + PRECISE;
    default:
      return wgsl;
  }
};

/** W15, W16: the activations that products and convolutions apply to their results. */
export const preciseActivation: SourceRepair = (wgsl) => {
  const changed = wgsl
    .replace("return clamp(a, 0.0, 6.0);", "return preciseRelu6(a);")
    .replace(/return clamp\(a, vec4<f32>\(0\.0.*;/, `return ${each("preciseRelu6", 1)};`)
    .replace("if (a >= 0.0) { return a; }  return (exp(a) - 1.0);", "return preciseElu(a);")
    .replace(
      /var resFloat = exp\(a\) - vec4<f32>\(1\.0\);[\s\S]*?return resFloat;/,
      `return ${each("preciseElu", 1)};`,
    );
  return changed === wgsl ? wgsl : changed + PRECISE;
};

const SCALAR: Record<number, string> = {
  1: "specialAtan2",
  7: "specialFloorDivide",
  16: "specialModulo",
  19: "specialPower",
};

/** The comparisons, whose 0 and 1 the stock programs make as `sign(a) * 0`, which is NaN for NaN. */
const COMPARED: Record<number, string> = {
  6: "(a == b) & !nan",
  8: "(a > b) & !nan",
  9: "(a >= b) & !nan",
  10: "(a < b) & !nan",
  11: "(a <= b) & !nan",
  18: "(a != b) | nan",
};

/** W15: binary programs; run before the int32 forms, which replace some of them. */
export const specialBinary: SourceRepair = (wgsl, { op, outputComponent }) => {
  const vector = outputComponent === 4;
  const ints = Object.values(storageTypes(wgsl)).every((type) => type.includes("i32"));
  const isnan = vector ? "isnanVec4" : "isnan";
  const float = vector ? "vec4<f32>" : "f32";
  const pattern = /(fn binaryOperation\([^)]*\) -> [^{]+\{)[\s\S]*?\};/;
  const compared = COMPARED[op as number];
  if (compared) {
    const nan = ints ? "" : `let nan = ${isnan}(a) | ${isnan}(b);`;
    const test = ints ? compared.replace(/ [&|] !?nan/, "") : compared;
    return swap(wgsl, pattern, `$1 ${nan} return select(${float}(0), ${float}(1), ${test}); };`);
  }
  const scalar = SCALAR[op as number];
  if (!scalar || (ints && (op === 7 || op === 16))) return wgsl; // int32 has forms of its own
  return swap(wgsl, pattern, `$1 return ${vector ? each(scalar, 2) : `${scalar}(a, b)`}; };`) +
    SPECIAL;
};

/** A scalar function applied to each component. */
function each(name: string, inputs: 1 | 2): string {
  const calls = [..."xyzw"].map((c) => `${name}(${inputs === 1 ? `a.${c}` : `a.${c}, b.${c}`})`);
  return `vec4<f32>(${calls.join(", ")})`;
}
