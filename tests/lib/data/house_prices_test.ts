import assert from "node:assert/strict";
import { type HousePrice, housePrices } from "@tome/tome/data/house-prices";

Deno.test("housePrices() gives every tract, with the corrected price", async () => {
  const tracts = await housePrices();
  assert.equal(tracts.length, 506);
  assert.deepEqual(tracts[0], {
    price: 24,
    rooms: 6.575,
    crime: 0.00632,
    largeLots: 18,
    industry: 2.31,
    nitricOxides: 0.538,
    oldHomes: 65.2,
    distance: 4.09,
    highways: 1,
    tax: 296,
    pupils: 15.3,
    lowerStatus: 4.98,
    river: false,
  });
  for (const tract of tracts) {
    for (const [name, value] of Object.entries(tract)) {
      assert.ok(typeof value === "boolean" || Number.isFinite(value), name);
    }
  }
  assert.equal(tracts.filter(({ river }) => river).length, 35);
  const mean = (name: "price" | "rooms") =>
    tracts.reduce((sum: number, tract: HousePrice) => sum + tract[name], 0) / tracts.length;
  assert.equal(mean("price").toFixed(4), "22.5289"); // 22.5328 before the corrections
  assert.equal(mean("rooms").toFixed(4), "6.2846");
});
