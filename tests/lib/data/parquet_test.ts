import assert from "node:assert/strict";
import { readParquet } from "@tome/tome/data";
import golden from "../../golden/parquet.json" with { type: "json" };

async function inFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".parquet" });
  try {
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const [compression, base64] of Object.entries(golden.files)) {
  Deno.test(`readParquet() reads what pyarrow wrote (${compression})`, () =>
    inFile(Uint8Array.fromBase64(base64), async (path) => {
      assert.deepEqual(await Array.fromAsync(readParquet(path)), golden.rows);
      assert.deepEqual(
        await Array.fromAsync(readParquet(path, { columns: ["label", "text"], start: 8, end: 22 })),
        golden.rows.slice(8, 22).map(({ text, label }) => ({ text, label })),
      );
      for await (const row of readParquet(path)) {
        assert.deepEqual(row, golden.rows[0]);
        break; // the file is closed, or this test leaks it
      }
    }));
}

Deno.test("readParquet() says what is wrong with a file", () =>
  inFile(Uint8Array.fromBase64(golden.files.snappy), async (path) => {
    await assert.rejects(Array.fromAsync(readParquet(path, { columns: ["nothing"] })), {
      name: "RangeError",
      message:
        /must have the column "nothing": current columns are text, label, score, tokens, answer, held$/,
    });
    await Deno.truncate(path, 3000);
    await assert.rejects(Array.fromAsync(readParquet(path)), {
      name: "SyntaxError",
      message: /as it must be a Parquet file, whole: /,
    });
    await assert.rejects(Array.fromAsync(readParquet(`${path}.none`)), {
      name: "NotFound",
      message: /^Cannot read the data as there is no file /,
    });
  }));
