import assert from "node:assert/strict";
import { countries, countryAnswer, countryChats } from "@tome/tome/data/countries";

Deno.test("countries() gives the members of the United Nations with one capital and currency", async () => {
  const all = await countries();
  assert.equal(all.length, 180);
  assert.deepEqual(all.find(({ name }) => name === "France"), {
    name: "France",
    capital: "Paris",
    currency: "Euro",
    region: "Western Europe",
  });
  for (const country of all) {
    for (const value of Object.values(country)) assert.ok(value.length > 0, country.name);
  }
  assert.equal(new Set(all.map(({ name }) => name)).size, 180);
});

Deno.test("countryChats() asks everything in every order, and names the country once", async () => {
  const china = (await countries()).find(({ name }) => name === "China")!;
  const chats = countryChats(china, "sentence");
  assert.equal(new Set(chats.map((chat) => JSON.stringify(chat))).size, 72);
  for (const chat of chats) {
    assert.deepEqual(chat.map(({ role }) => role), Array(3).fill(["user", "assistant"]).flat());
    const [first, ...others] = chat.filter(({ role }) => role === "user");
    assert.match(String(first!.content), /China/);
    assert.ok(others.every(({ content }) => !/China|\{/.test(String(content))));
    assert.deepEqual(
      new Set(chat.filter(({ role }) => role === "assistant").map(({ content }) => content)),
      new Set([
        "The capital of China is Beijing.",
        "The currency of China is Chinese yuan.",
        "China is in Eastern Asia.",
      ]),
    );
  }
  assert.equal(countryAnswer(china, "region", "word"), "Eastern Asia.");
});
