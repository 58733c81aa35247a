import assert from "node:assert/strict";
import { loadResNet, ResNet, saveResNet } from "@tome/tome/models/resnet";
import { record, seed, type Tensor } from "@tome/tome/tensor";
import * as tf from "../../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../../_support/devices.ts";
import { inFolder } from "../../../_support/folder.ts";
import { assertImageModel, noise, SMALL } from "../../../_support/image_models.ts";
import { assertClose } from "../../../_support/numeric.ts";

const TINY = { ...SMALL, depths: [1, 1], embedDim: 4, hiddenDims: [8, 8] };

assertImageModel({
  name: "ResNet of basic blocks",
  make: () => new ResNet({ ...TINY, block: "basic", stem: "small" }),
  images: [3, 8, 8, 2],
  save: saveResNet,
});

assertImageModel({
  name: "ResNet of bottlenecks",
  make: () => new ResNet({ ...TINY, block: "bottleneck" }),
  images: [3, 16, 16, 2],
  save: saveResNet,
});

testOnDevices("ResNet's running statistics are saved and loaded", async () => {
  seed(1);
  using model = new ResNet({ ...TINY, block: "basic" });
  const x = noise([3, 16, 16, 2]);
  tf.tidy(() => model.forward(x));
  await inFolder(async (folder) => {
    await saveResNet(model.eval(), `${folder}/model`);
    using loaded = await loadResNet(`${folder}/model`);
    const [mine, theirs] = [[...model.namedBuffers()], [...loaded.namedBuffers()]];
    assert.equal(mine.length, 2 * 7);
    for (const [i, [name, values]] of mine.entries()) {
      assert.equal(theirs[i]![0], name);
      assert.ok((await values.data()).some((v) => v !== 0 && v !== 1), `${name} did not move`);
      await assertClose(theirs[i]![1], values, { rtol: 0, atol: 0 });
    }
    await assertClose(loaded.forward(x), model.forward(x), { rtol: 0, atol: 0 });
    using other = await loadResNet(`${folder}/model`, { labels: ["cat", "dog"] });
    assert.deepEqual(other.fresh, ["fc.weight", "fc.bias"]);
    assert.deepEqual(other.forward(x).shape, [3, 2]);
  });
});

testOnDevices(
  "ResNet's recorded forward pass moves the running statistics as op by op",
  async () => {
    const run = async (recorded: boolean) => {
      seed(1);
      using model = new ResNet({ ...TINY, block: "basic", stem: "small" });
      const forward = (x: { x: Tensor }) => model.forward(x.x);
      using step = record(forward);
      for (let k = 0; k < 4; k++) {
        const y = tf.tidy(() => {
          const x = tf.mul(noise([3, 8, 8, 2]), k + 1);
          return recorded ? step({ x }) : forward({ x });
        });
        y.dispose();
      }
      return await Promise.all(
        [...model.namedBuffers()].map(async ([, b]) => Array.from(await b.data())),
      );
    };
    const [recorded, plain] = [await run(true), await run(false)];
    for (const [i, values] of recorded.entries()) await assertClose(values, plain[i]!);
  },
);

Deno.test("ResNet refuses depths and widths that do not match", () => {
  assert.throws(() => new ResNet({ ...TINY, depths: [1], block: "basic" }), RangeError);
  assert.throws(
    () => new ResNet({ ...TINY, hiddenDims: [8, 6], block: "bottleneck" }),
    /widths of bottlenecks must be multiples of 4: current widths are 8,6/,
  );
});
