import assert from "node:assert/strict";
import { displayable, setDisplayer, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";

const DISPLAY = Symbol.for("Jupyter.display");
const displayOf = (value: unknown) =>
  (value as Record<symbol, (() => unknown) | undefined>)[DISPLAY];

Deno.test("displayable() shows by what is set, and not at all where nothing is", async () => {
  await useDevice("cpu");
  const x = tf.scalar(1);
  const list = displayable([1, 2]);
  try {
    setDisplayer(undefined);
    assert.equal(displayOf(x), undefined);
    assert.equal(displayOf(list), undefined);
    setDisplayer((value) => ({ shown: value }));
    assert.deepEqual(displayOf(x)!(), { shown: x });
    assert.deepEqual(displayOf(list)!(), { shown: [1, 2] });
    assert.deepEqual(list, [1, 2]);
    assert.equal(Deno.inspect(list), "[ 1, 2 ]");
  } finally {
    setDisplayer(undefined);
    x.dispose();
  }
});
