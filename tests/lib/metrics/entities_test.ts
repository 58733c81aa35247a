import assert from "node:assert/strict";
import { entitiesOf, entityF1, entityF1With, EntityReport } from "@tome/tome/metrics";
import { assertNear, golden } from "./_golden.ts";

Deno.test("F1 of entities is that of seqeval, in every scheme", () => {
  for (const { scheme, predictions, labels, micro, macro, types } of golden.entities) {
    assertNear(entityF1With(scheme)(predictions, labels), micro, `${scheme}, micro`);
    const report = new EntityReport(predictions, labels, scheme);
    assertNear(report.micro.f1, micro, `${scheme}, report`);
    assertNear(report.macro.f1, macro, `${scheme}, macro`);
    const found = report.types.map((one) => [one.precision, one.recall, one.f1, one.support]);
    found.flat().forEach((value, i) => assertNear(value, types.flat()[i], `${scheme}, types`));
    assert.equal(found.length, types.length);
  }
});

Deno.test("entitiesOf reads an entity that nothing began", () => {
  assert.deepEqual(entitiesOf(["I-PER", "I-PER", "B-PER", "O", "I-LOC"]), [
    { type: "PER", start: 0, end: 2 },
    { type: "PER", start: 2, end: 3 },
    { type: "LOC", start: 4, end: 5 },
  ]);
  assert.deepEqual(entitiesOf(["I-PER", "B-LOC"], "IOB2"), [{ type: "LOC", start: 1, end: 2 }]);
  assert.deepEqual(entitiesOf(["B-PER", "I-PER"], "BIOES"), []);
});

Deno.test("sentences whose tags differ in number are refused", () => {
  assert.throws(
    () => entityF1([["O"]], [["O", "O"]]),
    /columns must have one length: current lengths are 1, 2/,
  );
});
