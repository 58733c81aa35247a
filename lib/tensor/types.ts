import type * as tf from "./_tf.ts";

/** An array of numbers of one dtype on a device. */
export type Tensor = tf.Tensor;

/** A tensor of rank 0. */
export type Scalar = tf.Scalar;

/** A tensor whose value can be replaced; parameters are variables. */
export type Variable = tf.Variable;

/** The length of each axis. */
export type Shape = readonly number[];

/** What an element of a tensor is: `"float32"`, `"int32"` or `"bool"` (and, rarely, `"complex64"` and `"string"`). */
export type DType = tf.DataType;
