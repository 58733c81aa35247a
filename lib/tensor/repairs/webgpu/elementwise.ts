/**
 * Elementwise functions: near 0, at NaN, at infinity.
 *
 * @module
 */
import { type SourceRepair, storageTypes, swap } from "./source.ts";

/** W16: what the stock programs compute as differences of nearly equal numbers. */
const PRECISE = `
fn preciseExpm1(a : f32) -> f32 {
  if (abs(a) > 0.35) { return exp(a) - 1.0; }
  return a * (1.0 + a * (0.5 + a * (1.0 / 6.0 + a * (1.0 / 24.0 + a * (1.0 / 120.0 + a * (1.0 / 720.0 + a * (1.0 / 5040.0 + a / 40320.0)))))));
}
fn preciseLog1p(a : f32) -> f32 {
  if (isnan(a) || a < -1.0) { return uniforms.NAN; }
  if (a < -0.5 || a > 1.0) { return log(1.0 + a); }
  let s = a / (2.0 + a); // log(1 + a) = 2 artanh(s)
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q / 15.0)))))));
}
fn preciseTanh(a : f32) -> f32 {
  if (isnan(a)) { return a; }
  let t = preciseExpm1(-2.0 * abs(a));
  return sign(a) * (-t / (2.0 + t));
}
fn preciseSinh(a : f32) -> f32 {
  if (abs(a) > 20.0) { return sign(a) * exp(abs(a) - 0.69314718); }
  let t = preciseExpm1(abs(a));
  return sign(a) * 0.5 * (t + t / (1.0 + t));
}
fn preciseAsinh(a : f32) -> f32 {
  let x = abs(a);
  if (isnan(a)) { return a; }
  if (x > 1e9) { return sign(a) * (log(x) + 0.69314718); }
  return sign(a) * preciseLog1p(x + x * x / (1.0 + sqrt(x * x + 1.0)));
}
fn preciseAtanh(a : f32) -> f32 {
  let x = abs(a);
  if (isnan(a) || x > 1.0) { return uniforms.NAN; }
  if (x == 1.0) { return sign(a) * uniforms.INFINITY; }
  return sign(a) * 0.5 * preciseLog1p(2.0 * x / (1.0 - x));
}
fn preciseErf(a : f32) -> f32 {
  let q = a * a;
  return 1.1283791671 * a * (1.0 - q * (1.0 / 3.0 - q * (0.1 - q * (1.0 / 42.0 - q * (1.0 / 216.0 - q / 1320.0)))));
}
fn preciseRelu6(a : f32) -> f32 { if (isnan(a)) { return a; } return clamp(a, 0.0, 6.0); }
fn preciseElu(a : f32) -> f32 { if (a >= 0.0) { return a; } return preciseExpm1(a); }
`;

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

/** W15: what JavaScript, and the other devices, give for NaN, infinities and zeros. */
const SPECIAL = `
fn isOdd(a : f32) -> bool { return abs(a) % 2.0 == 1.0; }
fn specialModulo(a : f32, b : f32) -> f32 {
  if (isnan(a) || isnan(b) || isinf(a) || b == 0.0) { return uniforms.NAN; }
  if (isinf(b)) { return select(uniforms.NAN, a, a == 0.0 || (a < 0.0) == (b < 0.0)); }
  let rest = a % b;
  if ((a < 0.0 && b < 0.0) || (a >= 0.0 && b >= 0.0)) { return rest; }
  return (rest + b) % b;
}
fn specialPower(a : f32, b : f32) -> f32 {
  if (b == 0.0) { return 1.0; }
  if (isnan(a) || isnan(b) || (isinf(b) && abs(a) == 1.0)) { return uniforms.NAN; }
  if (isinf(b)) { return select(0.0, uniforms.INFINITY, (abs(a) > 1.0) == (b > 0.0)); }
  let negative = a < 0.0 && isOdd(b);
  if (a == 0.0) { return select(uniforms.INFINITY, 0.0, b > 0.0); }
  if (a < 0.0 && floor(b) != b) { return select(uniforms.NAN, pow(abs(a), b), isinf(a)); }
  return select(1.0, -1.0, negative) * pow(abs(a), b);
}
fn specialAtan2(a : f32, b : f32) -> f32 {
  if (isnan(a) || isnan(b)) { return uniforms.NAN; }
  let pi = 3.14159265;
  if (isinf(a)) { return sign(a) * select(pi * 0.5, select(pi * 0.75, pi * 0.25, b > 0.0), isinf(b)); }
  if (isinf(b)) { return select(select(-pi, pi, a >= 0.0), 0.0, b > 0.0); }
  if (a == 0.0) { return select(0.0, pi, b < 0.0); }
  return atan2(a, b);
}
fn specialFloorDivide(a : f32, b : f32) -> f32 {
  // the result is int32, where JavaScript makes 0 of what is not finite
  if (isnan(a) || isnan(b) || isinf(a) || isinf(b) || b == 0.0) { return 0.0; }
  let rest = select(a % b, round(a % b), round(a) == a && round(b) == b);
  let quotient = (a - rest) / b;
  return round(select(quotient, quotient - 1.0, rest != 0.0 && (rest < 0.0) != (b < 0.0)));
}
`;

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
