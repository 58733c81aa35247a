/**
 * The only door to TensorFlow.js: every other file imports it from here.
 *
 * @module
 */
export * from "@tensorflow/tfjs";
