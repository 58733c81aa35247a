/**
 * The only door to TensorFlow.js: every other file imports it from here.
 *
 * @module
 */
export * from "@tensorflow/tfjs";
export { norm } from "./repairs/core/norm.ts"; // in place of TensorFlow.js's own
