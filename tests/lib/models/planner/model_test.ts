import assert from "node:assert/strict";
import { aStar, collatePathTasks, followMoves, mapsToTensor, pathTasks } from "@tome/tome/data";
import { loadPlanner, savePlanner, ValuePropagationNet } from "@tome/tome/models/planner";
import { seed } from "@tome/tome/tensor";
import { planningLoss } from "@tome/tome/train";
import * as tf from "../../../../lib/tensor/_tf.ts";
import golden from "../../../golden/forecaster.json" with { type: "json" };
import { testOnDevices } from "../../../_support/devices.ts";
import { assertGoldenGradients } from "../../../_support/golden_gradients.ts";
import { assertModel } from "../../../_support/model.ts";
import { assertClose } from "../../../_support/numeric.ts";
import { sineFill } from "../../../_support/sine_fill.ts";

const tasks = pathTasks(2, { size: 5, density: 0.2, seed: 4 });

assertModel<ValuePropagationNet>({
  name: "ValuePropagationNet",
  make: () => new ValuePropagationNet({ hiddenChannels: 16, iterations: 6 }),
  forward: (model) => model.forward(mapsToTensor(tasks)),
  outputShape: [2, 5, 5, 8],
  loss: (model) => planningLoss(model, collatePathTasks(tasks)),
  saveAndLoad: async (model, folder) => {
    await savePlanner(model, folder);
    return await loadPlanner(folder);
  },
});

testOnDevices("ValuePropagationNet is PyTorch's: logits, loss, gradients", async () => {
  const { sizes, maps, moves, output, ...given } = golden.planner;
  using model = new ValuePropagationNet(sizes);
  sineFill(model);
  const batch = { maps: tf.tensor(maps, [2, 5, 4, 2]), moves: tf.tensor(moves, [2, 5, 4, 8]) };
  await assertClose(tf.reshape(model.forward(batch.maps), [-1]), output);
  await assertGoldenGradients(model, () => planningLoss(model, batch), given);
});

testOnDevices(
  "ValuePropagationNet with true costs plans the best ways, also on a larger map",
  async () => {
    // a step costs its length, and 20 more where the map forbids it
    using model = new ValuePropagationNet({ hiddenChannels: 17, iterations: 20 });
    trueCosts(model);
    const larger = pathTasks(3, { size: 9, density: 0.3, seed: 9 });
    const logits = await model.forward(mapsToTensor(larger)).data();
    for (const [b, { map, start, goal }] of larger.entries()) {
      const path = followMoves(
        map,
        start,
        goal,
        (cell, move) => -logits[(b * 81 + cell) * 8 + move]!,
      )!;
      assert.ok(Math.abs(path.cost - aStar(map, start, goal)!.cost) < 1e-6);
    }
    const values = await model.values(mapsToTensor(larger)).data();
    larger.forEach(({ start, goal, distances }, b) => {
      assert.equal(values[b * 81 + goal], 20);
      assert.ok(Math.abs(values[b * 81 + start]! - (20 - distances[start]!)) < 1e-3);
    });
  },
);

/** Hidden channel m fires where the cell that move m leads to is blocked; one more is always on. */
function trueCosts(model: ValuePropagationNet): void {
  const moves = [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 1], [-1, 1], [-1, -1], [1, -1]];
  const look = new Float32Array(9 * 2 * 17);
  const cost = new Float32Array(17 * 8);
  const set = (across: number, down: number, channel: number) =>
    look[(((down + 1) * 3 + across + 1) * 2) * 17 + channel] = 1;
  for (const [m, [across, down]] of moves.entries()) {
    set(across!, down!, m);
    if (across !== 0 && down !== 0) {
      set(across!, 0, m); // the corners that would be cut
      set(0, down!, m);
    }
    cost[m * 8 + m] = 60;
  }
  const inverse = (y: number) => Math.log(Math.expm1(y)); // of softplus
  tf.tidy(() => {
    model.look.weight.assign(tf.tensor(look, [3, 3, 2, 17]));
    model.look.bias!.assign(tf.zeros([17]));
    model.cost.weight.assign(tf.tensor(cost, [1, 1, 17, 8]));
    model.cost.bias!.assign(
      tf.tensor1d(moves.map((_, m) => inverse(m < 4 ? 1 : Math.SQRT2))),
    );
  });
}

Deno.test("ValuePropagationNet refuses to plan without iterations, or on maps of other channels", () => {
  assert.throws(() => new ValuePropagationNet({ iterations: 0 }), {
    name: "RangeError",
    message: /iterations must be a positive integer: current value is 0/,
  });
  seed(1);
  using model = new ValuePropagationNet({ hiddenChannels: 4, iterations: 2 });
  assert.throws(() => tf.tidy(() => model.forward(tf.zeros([1, 4, 4, 3]))), { name: "ShapeError" });
});
