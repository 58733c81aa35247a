import assert from "node:assert/strict";
import { KVCache } from "@tome/tome/nn";
import * as tf from "../../../lib/tensor/_tf.ts";
import { testOnDevices } from "../../_support/devices.ts";

testOnDevices(
  "KVCache.rewind() forgets the last tokens, whose places are written anew",
  async () => {
    using cache = new KVCache({ capacity: 4 });
    const rows = (...values: number[]) => tf.tensor4d(values, [1, 1, values.length, 1]);
    for (const layer of [0, 1]) cache.append(layer, rows(1, 2, 3), rows(4, 5, 6));
    cache.rewind(1);
    assert.equal(cache.length, 1);
    const { keys, values } = cache.append(1, rows(7, 8), rows(9, 10));
    assert.deepEqual([...await keys.data()], [1, 7, 8]);
    assert.deepEqual([...await values.data()], [4, 9, 10]);
    assert.throws(() => cache.rewind(2), {
      name: "RangeError",
      message: "Cannot rewind the cache as length must be in 0…1: current length is 2",
    });
    cache.rewind(0);
    assert.equal(cache.lengthOf(1), 0);
  },
);
