/**
 * What the contenders that write are asked.
 *
 * @module
 */

/** The model, and what it is asked. */
export type GenerationTask = {
  /** Hugging Face's folder of the model; without one, Tome makes its own random weights. */
  folder?: string;
  /** Whether the folder has an ONNX graph. */
  onnx?: boolean;
  /** Whether it also has the graph with weights of 8 bits. */
  quantized?: boolean;
  /** Bits that a weight takes. @default {32} */
  bits?: 4 | 8;
  /** Blocks. */
  layers: number;
  /** Heads in each block. */
  heads: number;
  /** Width of a token's vector. */
  width: number;
  /** Different tokens. */
  vocab: number;
  /** The tokens to continue. */
  prompt: number[];
};
