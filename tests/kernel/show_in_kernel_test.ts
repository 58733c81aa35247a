import assert from "node:assert/strict";
import { KernelClient } from "@tome/tome/notebook";

const ROOT = new URL("../../", import.meta.url);

Deno.test("show(), tensors, modules and views are enough as the last expression of a cell", async () => {
  await using kernel = await KernelClient.start({ cwd: ROOT.pathname });
  const shown = async (code: string) => {
    const { outputs, status } = await kernel.execute(code, { timeoutMillis: 60_000 });
    assert.equal(status, "ok", JSON.stringify(outputs));
    assert.deepEqual(
      outputs.map((o) => o.output_type),
      ["execute_result"],
      JSON.stringify(outputs),
    );
    return (outputs[0] as { data: Record<string, string> }).data;
  };
  const { outputs, status } = await kernel.execute(
    `import { show } from "@tome/tome/display";
     import { Linear, Sequential } from "@tome/tome/nn";
     import { memory, randomNormal, seed, useDevice } from "@tome/tome/tensor";
     await useDevice("cpu");
     seed(1);
     const x = randomNormal([4, 5]);
     const model = new Sequential(new Linear(2, 2), new Linear(2, 2));
     undefined`,
    { timeoutMillis: 60_000 },
  );
  assert.equal(status, "ok", JSON.stringify(outputs));

  const tensor = await shown("x");
  assert.match(tensor["text/plain"]!, /^Tensor float32 \[4, 5\]/);
  assert.match(tensor["text/html"]!, /<img /);
  assert.ok(tensor["image/png"]);
  assert.match((await shown(`show(x, { title: "mine" })`))["text/plain"]!, /^mine float32/);
  assert.match((await shown("await show(x)"))["text/plain"]!, /^Tensor/);
  assert.match((await shown("model"))["text/plain"]!, /^Sequential: 12 parameters/);
  assert.match((await shown("model"))["image/png"]!, /^iVBOR/); // drawn in the kernel
  assert.match((await shown("show(memory())"))["text/plain"]!, /^live tensors/);
  assert.equal((await shown("show(NaN)"))["text/plain"], "NaN");
  assert.match((await shown("show([{ a: 1 }])"))["text/html"]!, /<table/);
});
