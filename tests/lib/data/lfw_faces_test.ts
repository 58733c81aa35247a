import assert from "node:assert/strict";
import { lfwFaces, parseNpy } from "@tome/tome/data";

/** A `.npy` file with a head of our own. */
function npy(head: string, values: Uint8Array): Uint8Array {
  const bytes = new TextEncoder().encode(head);
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    1,
    0,
    bytes.length & 255,
    bytes.length >> 8,
    ...bytes,
    ...values,
  ]);
}

Deno.test("parseNpy() reads shapes and numbers, and names what is wrong", () => {
  const head = (kind: string, shape: string, order = "False") =>
    `{'descr': '${kind}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const numbers = new Uint8Array(Float32Array.of(1.5, -2, 3, 4).buffer);
  const { shape, values } = parseNpy(npy(head("<f4", "(2, 2)"), numbers));
  assert.deepEqual([shape, [...values]], [[2, 2], [1.5, -2, 3, 4]]);
  const row = parseNpy(npy(head("|u1", "(3,)"), Uint8Array.of(7, 8, 9)));
  assert.deepEqual([row.shape, [...row.values]], [[3], [7, 8, 9]]);
  for (
    const [bytes, message] of [
      [Uint8Array.of(1, 2, 3, 4, 5, 6), /must begin with/],
      [npy(head("<c8", "(1,)"), numbers), /numbers must be .* current file has <c8/],
      [npy(head("<f4", "(2, 2)", "True"), numbers), /C order/],
      [npy(head("<f4", "(9,)"), numbers), /needs 36 bytes: current file has 16/],
    ] as const
  ) assert.throws(() => parseNpy(bytes), { name: "SyntaxError", message });
});

Deno.test("lfwFaces() are 100 faces and 100 other pieces of photographs", async () => {
  const faces = await lfwFaces();
  assert.equal(faces.length, 200);
  assert.deepEqual([faces[99]!.label, faces[100]!.label], [1, 0]);
  for (const { image } of faces) {
    assert.deepEqual([image.width, image.height, image.data.length], [25, 25, 625]);
  }
  // eyes are darker than cheeks below them in a mean face
  const mean = (row: number) => {
    const rows = faces.slice(0, 100).map(({ image }) => image.data.slice(row * 25, row * 25 + 25));
    return rows.flatMap((r) => [...r]).reduce((a, b) => a + b) / 2500;
  };
  assert.ok(mean(8) < mean(13), `${mean(8)} ${mean(13)}`);
});
