import assert from "node:assert/strict";
import { EMA, SGD } from "@tome/tome/optim";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const EXACT = { rtol: 0, atol: 0 };

testOnDevices("EMA.update() follows the parameters at its rate", async () => {
  const w = tf.variable(tf.tensor1d([0, 4]));
  {
    using ema = new EMA([["w", w]], { decay: 0.75, warmup: false });
    w.assign(tf.tensor1d([8, 8]));
    ema.update();
    await assertClose(ema.averages.get("w")!, [2, 5], EXACT);
    ema.update();
    await assertClose(ema.averages.get("w")!, [3.5, 5.75], EXACT);
  }
  w.dispose();
});

testOnDevices("EMA.update() keeps less in its first steps", async () => {
  const w = tf.variable(tf.zeros([1]));
  {
    using ema = new EMA([["w", w]]);
    w.assign(tf.tensor1d([11]));
    ema.update(); // keeps (1 + 1) / (10 + 1) of 0
    await assertClose(ema.averages.get("w")!, [9], { rtol: 1e-6, atol: 0 });
  }
  w.dispose();
});

testOnDevices("EMA.swap() exchanges averages and parameters, there and back", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  {
    using ema = new EMA([["w", w]], { decay: 0.5, warmup: false });
    using optimizer = new SGD([["w", w]], { lr: 1 });
    optimizer.step({ w: tf.ones([2]) });
    ema.update();
    ema.swap();
    await assertClose(w, [0.5, 1.5], EXACT);
    ema.swap();
    await assertClose(w, [0, 1], EXACT);
    optimizer.step({ w: tf.ones([2]) }); // and goes on with data of its own
    await assertClose(w, [-1, 0], EXACT);
    await assertClose(ema.averages.get("w")!, [0.5, 1.5], EXACT);
  }
  w.dispose();
});

testOnDevices("EMA.restore() goes on from a saved state", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  {
    using ema = new EMA([["w", w]]);
    w.assign(tf.tensor1d([3, 3]));
    ema.update();
    const state = await ema.state();
    using other = new EMA([["w", w]]);
    other.restore(state);
    ema.update();
    other.update();
    assert.equal(other.steps, 2);
    await assertClose(other.averages.get("w")!, ema.averages.get("w")!, EXACT);
    assert.throws(() => other.restore({ steps: 1, tensors: new Map() }), /the state has no w/);
  }
  w.dispose();
});
