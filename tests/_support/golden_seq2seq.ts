import { fromFloat32, type TensorRecord } from "@tome/tome/checkpoint";

/** Of a gradient its sum, its length and its first values. */
export interface GradientFacts {
  shape: number[];
  sum: number;
  norm: number;
  first: number[];
}

/** A small number that each name has. */
function nameHash(name: string): number {
  let value = 0;
  for (const letter of name) value = (value * 31 + letter.codePointAt(0)!) % 9973;
  return value;
}

/** The tensor of a name in the golden files of encoder-decoders, by the formula of `seq2seq_weights.py`. */
export function formulaRecord(name: string, shape: number[], amplitude: number): TensorRecord {
  const offset = name.toLowerCase().includes("norm") && name.endsWith("weight") ? 1 : 0;
  const first = 1 + nameHash(name);
  const values = Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, place) => Math.fround(amplitude * Math.sin(first + 7.13 * place)) + offset,
  );
  return fromFloat32(name, shape, values);
}

/** Of a tensor's values the sum, the length and the first. */
export function factsOf(values: ArrayLike<number>): [sum: number, norm: number, first: number[]] {
  const all = Array.from(values);
  const sum = all.reduce((a, b) => a + b, 0);
  return [sum, Math.sqrt(all.reduce((a, b) => a + b * b, 0)), all.slice(0, 6)];
}
