import assert from "node:assert/strict";
import { emojiNames } from "@tome/tome/data/emoji-names";

Deno.test("emojiNames() pairs the names of emoji in two languages", async () => {
  const chinese = await emojiNames();
  assert.equal(chinese.length, 3979);
  assert.ok(chinese.some(({ source, target }) => source === "trombone" && target === "长号"));
  const toned = chinese.find(({ source }) => source === "man scientist: dark skin tone");
  assert.equal(toned?.target, "男科学家: 较深肤色");
  const spanish = await emojiNames("zh", "es");
  assert.equal(spanish.length, 3979);
  assert.ok(spanish.some(({ source, target }) => source === "长号" && target === "trombón"));
});
