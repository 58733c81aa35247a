import assert from "node:assert/strict";
import { mobyDick } from "@tome/tome/data/moby-dick";

Deno.test("mobyDick() gives the book", async () => {
  const text = await mobyDick();
  assert.equal(text.length, 1_190_317);
  assert.ok(text.startsWith("CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago—"));
  assert.equal(text.match(/^CHAPTER \d+\./gm)!.length, 135);
});

Deno.test("mobyDick() takes the file in the folder of TOME_DATA, and checks it", async () => {
  const text = await mobyDick();
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("TOME_DATA");
  Deno.env.set("TOME_DATA", folder);
  try {
    assert.equal(await mobyDick(), text); // none there: from the package
    await Deno.writeTextFile(`${folder}/moby-dick.txt`, text);
    assert.equal(await mobyDick(), text);
    for (const wrong of [text + " ", ""]) {
      await Deno.writeTextFile(`${folder}/moby-dick.txt`, wrong);
      await assert.rejects(mobyDick(), {
        name: "DownloadError",
        message: /^Cannot use .*moby-dick\.txt as its SHA-256 must be fe282a57/,
      });
    }
  } finally {
    if (before === undefined) Deno.env.delete("TOME_DATA");
    else Deno.env.set("TOME_DATA", before);
    await Deno.remove(folder, { recursive: true });
  }
});
