import assert from "node:assert/strict";
import { JsonlWriter } from "@tome/tome/train";

Deno.test("JsonlWriter appends whole lines in order, also after a line that was cut short", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/deep/log.jsonl`;
  const first = await JsonlWriter.open(path);
  await Promise.all([1, 2, 3].map((step) => first.write({ step, loss: step === 2 ? NaN : 0.5 })));
  await first.close();
  await Deno.writeTextFile(path, '{"step":4,"lo', { append: true });
  const second = await JsonlWriter.open(path);
  await second.write({ step: 5, text: "line\nbreak" });
  await second.flush();
  await second.close();
  assert.deepEqual((await Deno.readTextFile(path)).split("\n"), [
    '{"step":1,"loss":0.5}',
    '{"step":2,"loss":"NaN"}',
    '{"step":3,"loss":0.5}',
    '{"step":4,"lo',
    '{"step":5,"text":"line\\nbreak"}',
    "",
  ]);
  assert.throws(() => second.write({}), TypeError);
  await Deno.remove(folder, { recursive: true });
});
