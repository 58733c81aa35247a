import assert from "node:assert/strict";
import { createNotebook, formatNotebook, parseNotebook, stripNotebook } from "@tome/tome/notebook";

const cell = {
  cell_type: "code",
  execution_count: 3,
  id: "a1",
  metadata: { execution: { "iopub.status.busy": "2026" }, tags: ["x"] },
  outputs: [
    { output_type: "stream", name: "stdout", text: ["a\n", "b"] },
    {
      output_type: "display_data",
      metadata: {},
      data: { "text/html": ["<b>\n", "</b>"], "application/json": [1, 2], "image/png": "AA==" },
    },
  ],
  source: ["let x = 1;\n", "x"],
};
const file = (cells: unknown[], more = {}) =>
  JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5, ...more });

Deno.test("formatNotebook() writes what parseNotebook() reads, keys in order, whatever their order was", () => {
  const notebook = parseNotebook(file([cell]));
  assert.equal(notebook.cells[0]!.source, "let x = 1;\nx");
  assert.deepEqual(notebook.cells[0]!.outputs![1], {
    output_type: "display_data",
    metadata: {},
    data: { "text/html": "<b>\n</b>", "application/json": [1, 2], "image/png": "AA==" },
  });
  const text = formatNotebook(notebook);
  assert.deepEqual(JSON.parse(text), JSON.parse(file([cell])));
  const turned = Object.fromEntries(Object.entries(cell).reverse());
  assert.equal(formatNotebook(parseNotebook(file([turned]))), text);
  assert.ok(
    text.startsWith('{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": 3,'),
  );
  assert.ok(text.endsWith("}\n"));
});

Deno.test("parseNotebook() gives ids to an older notebook, the same each time", () => {
  const { id: _, ...bare } = cell;
  const older = file([bare, bare], { nbformat_minor: 4 });
  const ids = parseNotebook(older).cells.map(({ id }) => id);
  assert.equal(new Set(ids).size, 2);
  assert.ok(ids.every((id) => /^[0-9a-f]{8}$/.test(id)));
  assert.deepEqual(parseNotebook(older).cells.map(({ id }) => id), ids);
  assert.equal(parseNotebook(older).nbformat_minor, 5);
});

Deno.test("parseNotebook() says what is wrong", () => {
  for (
    const [text, message] of [
      ["{", /^Cannot read n as it must be JSON/],
      [file([], { nbformat: 3 }), /its nbformat must be 4: current is 3/],
      [file([{ ...cell, id: "a b" }]), /cell 1 must have an id .*: current is a b/],
      [file([{ ...cell, id: undefined }]), /cell 1 must have an id/],
      [file([cell, cell]), /cell 2 must have an id of its own: a1 is taken/],
      [file([{ ...cell, cell_type: "heading" }]), /cell_type .* current is heading/],
      [file([{ ...cell, source: 1 }]), /cell 1 must have a source that is text/],
      [file([{ ...cell, outputs: [{ output_type: "stream", text: "" }] }]), /neither stdout nor/],
      [file([{ ...cell, outputs: [{ output_type: "pyout" }] }]), /unknown output_type pyout/],
    ] as const
  ) assert.throws(() => parseNotebook(text, "n"), { name: "SyntaxError", message });
});

Deno.test("stripNotebook() takes outputs, counts and traces of front ends, and leaves the rest", () => {
  const notebook = parseNotebook(file([cell]));
  const bare = stripNotebook(notebook);
  assert.deepEqual(bare.cells, [{
    cell_type: "code",
    id: "a1",
    metadata: { tags: ["x"] },
    source: "let x = 1;\nx",
    outputs: [],
    execution_count: null,
  }]);
  assert.equal((bare.metadata.kernelspec as { name: string }).name, "deno");
  assert.equal(notebook.cells[0]!.outputs!.length, 2);
});

Deno.test("createNotebook() makes a notebook that parseNotebook() accepts", () => {
  const notebook = createNotebook([["markdown", "# A"], ["code", "1"], ["code", "1"]]);
  assert.deepEqual(parseNotebook(formatNotebook(notebook)), notebook);
});
