/**
 * What a matrix product does with each element before it writes it.
 *
 * @module
 */
import type * as tf from "../../_tf.ts";

/** A function of one number, in WGSL. */
export interface Activation {
  /** Its name, which tells it from every other one. */
  name: string;
  /** WGSL that defines `fn activate(v : f32) -> f32`. */
  wgsl: string;
}

/** What comes after a product: `out = activate(product + bias) + residual`. */
export interface Epilogue {
  /** Added to each row, `[columns]`. */
  bias?: tf.TensorInfo;
  /** Applied to each element after the bias is added. */
  activation?: Activation;
  /** Added last; of the shape of the result. */
  residual?: tf.TensorInfo;
  /** Whether what the activation is given is written too. @default {false} */
  keep?: boolean;
}

/** The parts of an {@link Epilogue} that shape a program. */
export interface EpilogueCode {
  /** Tells programs apart. */
  key: string;
  /** The storage buffers after the first ones, in order, and whether each is written. */
  buffers: { name: string; write: boolean }[];
  /** WGSL that defines `fn finish(at : u32, place : u32, total : f32)`, which writes an element and what belongs to it. */
  wgsl: string;
}

/** What an epilogue is in WGSL. */
export function epilogueCode({ bias, activation, residual, keep }: Epilogue): EpilogueCode {
  const buffers = [
    ...(bias ? [{ name: "bias", write: false }] : []),
    ...(residual ? [{ name: "residual", write: false }] : []),
    ...(keep ? [{ name: "before", write: true }] : []),
  ];
  const lines = [
    `var v = total;`,
    ...(bias ? ["v += bias[place];"] : []),
    ...(keep ? ["before[at] = v;"] : []),
    ...(activation ? ["v = activate(v);"] : []),
    ...(residual ? ["v += residual[at];"] : []),
    `out[at] = v;`,
  ];
  return {
    key: `${buffers.map(({ name }) => name)} ${activation?.name ?? ""}`,
    buffers,
    wgsl: `${activation?.wgsl ?? ""}
fn finish(at : u32, place : u32, total : f32) {
  ${lines.join("\n  ")}
}
`,
  };
}

/** The epilogue of a part of a product, which only writes. */
export const PLAIN: EpilogueCode = epilogueCode({});

/** The declarations of buffers from a binding on, and of the numbers after them. */
export function declareBuffers(
  first: readonly { name: string; write: boolean; type?: string }[],
  { buffers }: EpilogueCode,
): string {
  const all: { name: string; write: boolean; type?: string }[] = [...first, ...buffers];
  return [
    ...all.map(({ name, write, type = "f32" }, binding) =>
      `@group(0) @binding(${binding}) var<storage, read${
        write ? "_write" : ""
      }> ${name} : array<${type}>;`
    ),
    `@group(0) @binding(${all.length}) var<uniform> u : Numbers;`,
  ].join("\n");
}
