import assert from "node:assert/strict";
import { GarbageCollector } from "../../../../../lib/tensor/repairs/webgpu/garbage.ts";

Deno.test("GarbageCollector collects once in 16,384 dispatches", async () => {
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  const drop = () => registry.register({}, undefined);
  const turn = () => new Promise((done) => setTimeout(done, 10));
  const garbage = new GarbageCollector();
  for (const [dispatches, expected] of [[16_383, 0], [16_384, 1], [32_767, 1], [32_768, 2]]) {
    drop();
    garbage.after(dispatches!);
    await turn();
    assert.ok(
      expected === 0 ? collected === 0 : collected >= expected!,
      `${collected} at ${dispatches}`,
    );
  }
});
