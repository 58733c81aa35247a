import assert from "node:assert/strict";
import { DEVICES, enter } from "../_support/devices.ts";
import { GROUPS } from "./cases/mod.ts";
import { Suite } from "./suite.ts";

Deno.test("the conformance table has 800 cases or more, each named once, each gap with its reason", () => {
  const cases = GROUPS.flatMap(([, list]) => list);
  assert.ok(cases.length >= 800, `it has ${cases.length}`);
  const names = new Set<string>();
  for (const c of cases) {
    assert.ok(!names.has(c.name), `"${c.name}" is there twice`);
    names.add(c.name);
    const partial = c.gradient !== undefined &&
      (c.gradient === false || c.gradient.includes(false));
    const claims = c.expect !== "error" || c.on !== undefined;
    assert.ok(
      !(claims && partial) || c.why,
      `"${c.name}" leaves a gradient out and does not say why`,
    );
    assert.ok(!claims || c.reference || c.why, `"${c.name}" has no reference and does not say why`);
    assert.ok(c.expect !== "error" || c.message, `"${c.name}" does not say what its error says`);
    for (const b of c.bounds ?? []) assert.ok(b.why, `"${c.name}" has bounds without a reason`);
  }
});

const suite = new Suite();
for (const device of DEVICES) {
  for (const [group, cases] of GROUPS) {
    Deno.test({
      name: `conformance of ${group} (${device})`,
      sanitizeOps: device !== "webgpu", // the GPU's own promises outlive a test
      sanitizeResources: device !== "webgpu",
      async fn() {
        await enter(device);
        const wrong: string[] = [];
        for (const c of cases) {
          const { faults } = await suite.check(c, device);
          wrong.push(...faults.map((fault) => `${c.name} on ${device}: ${fault}`));
        }
        assert.ok(wrong.length === 0, `${wrong.length} faults\n${wrong.join("\n")}`);
      },
    });
  }
}
