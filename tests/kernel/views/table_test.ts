import assert from "node:assert/strict";
import { dataTable, show } from "@tome/tome/display";
import { assertSnapshot } from "../../_support/snapshot.ts";

const HOUSES = [
  { town: "Ulm <b>", rooms: 4, price: 250_000.5, sold: true, built: new Date(0) },
  { town: "Köln", rooms: null, price: NaN, sold: false, built: new Date("2001-02-03") },
  { town: `"Bad" & 'Tölz'`, price: 1e9 / 7, sold: true, extra: 12n },
];

const first = (text: string) => text.split("\n").map((line) => line.trim().split(/ +/)[0]);

Deno.test("dataTable() tells rows with the types of their columns", async () => {
  const { bundle } = dataTable(HOUSES);
  await assertSnapshot(
    new URL("../snapshots/data_table.txt", import.meta.url),
    bundle["text/plain"],
  );
  const html = bundle["text/html"] as string;
  assert.match(html, /Ulm &lt;b&gt;/);
  assert.match(html, /&quot;Bad&quot; &amp; &#39;Tölz&#39;/);
  assert.doesNotMatch(html, /<b>/);
});

Deno.test("dataTable() sorts either way, what is missing or NaN last", () => {
  const x = [3, null, 1, NaN, 2].map((value) => ({ value }));
  const up = dataTable(x, { sortBy: "value" }).toString();
  assert.deepEqual(first(up).slice(5), ["2", "4", "0", "1", "3"]);
  const down = dataTable(x, { sortBy: "value", descending: true }).toString();
  assert.deepEqual(first(down).slice(5), ["0", "4", "2", "1", "3"]);
  assert.match(down, /sorted by value, the greatest first/);
  const names = dataTable({ name: ["b", "a"], n: [1n, 2n] }, { sortBy: "name" }).toString();
  assert.deepEqual(first(names).slice(5), ["1", "0"]);
});

Deno.test("dataTable() tells both ends of a long table, and the first of many columns", () => {
  const columns = Object.fromEntries(
    Array.from(
      { length: 30 },
      (_, c) => [`c${c}`, Float32Array.from({ length: 1000 }, (_, r) => r)],
    ),
  );
  const text = `${dataTable(columns, { maxRows: 5, maxColumns: 3 })}`;
  assert.match(text, /^1,000 rows, 30 columns\n27 more columns: c3, c4/);
  assert.deepEqual(first(text).slice(-6), ["0", "1", "2", "…", "998", "999"]);
  assert.match(text, /float32 +float32 +float32/);
});

Deno.test("dataTable() shows tables without rows or columns", () => {
  assert.match(`${dataTable([])}`, /^0 rows, 0 columns/);
  assert.match(`${dataTable({ a: [], b: [] })}`, /^0 rows, 2 columns[^]*empty +empty/);
});

Deno.test("dataTable() refuses columns of several lengths, and an order by none", () => {
  assert.throws(() => dataTable({ a: [1], b: [1, 2] }), /1 of "a" and 2 of "b"/);
  assert.throws(
    () => dataTable([{ a: 1 }], { sortBy: "z" }),
    /no such column: current columns are a/,
  );
});

Deno.test("dataTable() cuts a long text and keeps it in one line", () => {
  const text = `${dataTable([{ text: `one\ntwo ${"x".repeat(500)}` }])}`;
  assert.match(text, /one two x+…$/);
  assert.ok(text.split("\n").every((line) => line.length < 80));
});

Deno.test("show() takes a list of plain objects for a table, and no other list", async () => {
  assert.match(`${await show([{ a: 1 }, { b: 2 }])}`, /^2 rows, 2 columns/);
  assert.match(`${await show({ a: [1, 2], b: ["x", "y"] })}`, /^2 rows, 2 columns/);
  assert.equal(`${await show([1, 2])}`, "[ 1, 2 ]");
  assert.equal(`${await show([])}`, "[]");
  assert.equal(`${await show({ a: [1], b: [] })}`, "{ a: [ 1 ], b: [] }");
});
