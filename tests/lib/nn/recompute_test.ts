import assert from "node:assert/strict";
import { Dropout, LayerNorm, Linear, MLP, Module, recompute } from "@tome/tome/nn";
import { memory, rng, seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

class Part extends Module {
  readonly norm = new LayerNorm(8);
  readonly mlp = new MLP(8);
  readonly drop = new Dropout(0.5);
  forward(x: Tensor): Tensor {
    return tf.add(x, this.drop.forward(this.mlp.forward(this.norm.forward(x))));
  }
}

class Deep extends Module {
  readonly first = new Linear(8, 8);
  readonly parts = Array.from({ length: 3 }, () => new Part());
  forward(x: Tensor, again: boolean): Tensor {
    x = this.first.forward(x);
    for (const part of this.parts) {
      const f = (x: Tensor) => part.forward(x);
      x = again ? recompute(f, x, part.parameters()) : f(x);
    }
    return x;
  }
}

testOnDevices(
  "recompute() gives the gradients that the plain forward pass gives, dropout included",
  async () => {
    seed(1);
    using model = new Deep();
    const x = tf.randomNormal([4, 8], 0, 1, "float32", 3);
    const weights = tf.randomNormal([4, 8], 0, 1, "float32", 4);
    const measure = async (again: boolean) => {
      seed(2);
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.mul(model.forward(x, again), weights)) as tf.Scalar,
        model.parameters(),
      );
      const values: Record<string, number[]> = { loss: [...await value.data()] };
      for (const [name, { name: id }] of model.namedParameters()) {
        values[name] = [...await grads[id]!.data()];
      }
      tf.dispose([value, grads]);
      return { values, random: rng.state };
    };
    const plain = await measure(false);
    const before = memory();
    const recomputed = await measure(true);
    assert.deepEqual(recomputed, plain);
    assert.deepEqual(memory(), before);
  },
);

testOnDevices("recompute() keeps of a part only its input", () => {
  using model = new Deep();
  const x = tf.ones([64, 8]);
  const kept = (again: boolean) => {
    const start = memory().numBytes;
    let bytes = 0;
    const { value, grads } = tf.variableGrads(() => {
      const y = tf.tidy(() => tf.sum(model.forward(x, again)) as tf.Scalar);
      bytes = memory().numBytes - start; // what waits for the way back
      return y;
    }, model.parameters());
    tf.dispose([value, grads]);
    return bytes;
  };
  const [plain, recomputed] = [kept(false), kept(true)];
  assert.ok(recomputed < plain / 3, `${recomputed} of ${plain} bytes`);
});

testOnDevices("recompute() leaves frozen parameters alone", () => {
  using layer = new Linear(3, 3);
  layer.weight.trainable = false;
  const { grads } = tf.variableGrads(() =>
    tf.sum(recompute((x) => layer.forward(x), tf.ones([2, 3]), layer.parameters())) as tf.Scalar
  );
  assert.deepEqual(Object.keys(grads), [layer.bias!.name]);
});
