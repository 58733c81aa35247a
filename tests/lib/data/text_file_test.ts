import assert from "node:assert/strict";
import { decodeText, readText } from "@tome/tome/data";
import { Rng } from "@tome/tome/tensor";

async function withFile(bytes: Uint8Array, run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readText() gives the text of a file, without a byte order mark at its start", async () => {
  const text = "Zeile 1\r\né 😀\ufeff\n";
  await withFile(new TextEncoder().encode(text), async (path) => {
    assert.equal(await readText(path), text);
    assert.equal(await readText(new URL(`file://${path}`)), text);
  });
  await withFile(new TextEncoder().encode("\ufeff" + text), async (path) => {
    assert.equal(await readText(path), text);
  });
});

Deno.test("readText() names the byte that is not UTF-8", async () => {
  await withFile(
    Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a),
    (path) =>
      assert.rejects(readText(path), {
        name: "SyntaxError",
        message:
          `Cannot read the text of ${path} as it must be UTF-8: current byte at offset 3 is 0xe9; ` +
          "it may be in another encoding, which a tool such as iconv converts",
      }),
  );
  await withFile(
    Uint8Array.of(0xff, 0xfe, 0x61, 0x00),
    (path) => assert.rejects(readText(path), /offset 0 is 0xff; it seems to be UTF-16/),
  );
});

Deno.test("readText() says what is wrong with the file", async () => {
  for (const bytes of [[], [0xef, 0xbb, 0xbf]]) {
    await withFile(Uint8Array.from(bytes), (path) =>
      assert.rejects(readText(path), {
        name: "RangeError",
        message: `Cannot read the text as ${path} is empty`,
      }));
  }
  await withFile(new Uint8Array(), (path) =>
    assert.rejects(readText(`${path}-not-there`), {
      name: "NotFound",
      message: `Cannot read the text as there is no file ${path}-not-there`,
    }));
  const folder = await Deno.makeTempDir();
  await assert.rejects(readText(folder), {
    name: "IsADirectory",
    message: `Cannot read the text as ${folder} is a folder`,
  });
  await Deno.remove(folder);
});

Deno.test("decodeText() finds the first sequence that is ill-formed", () => {
  const cases: [number[], number][] = [ // the bytes, and the offset that Unicode's table 3-7 gives
    [[0x61, 0x80], 1], // a continuation without a start
    [[0x61, 0xc0, 0x80], 1], // overlong
    [[0xe0, 0x9f, 0xbf], 0], // overlong
    [[0xf0, 0x8f, 0xbf, 0xbf], 0], // overlong
    [[0xed, 0xa0, 0x80], 0], // a surrogate
    [[0xf4, 0x90, 0x80, 0x80], 0], // above U+10FFFF
    [[0xf5, 0x80, 0x80, 0x80], 0],
    [[0xf0, 0x9f, 0x98, 0x80, 0xe2, 0x82], 4], // cut short at the end
    [[0xe2, 0x82, 0x61], 0], // cut short by a letter
    [[0xc3, 0xa9, 0xc3], 2],
  ];
  for (const [bytes, offset] of cases) {
    assert.throws(
      () => decodeText(Uint8Array.from(bytes), "it"),
      new RegExp(`offset ${offset} is 0x${bytes[offset]!.toString(16)}`),
    );
  }
});

Deno.test("decodeText() agrees with TextDecoder about random bytes", () => {
  const random = new Rng(1);
  const common = [0x61, 0x80, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0x90, 0xa0, 0xff];
  for (let n = 0; n < 3000; n++) {
    const bytes = Uint8Array.from(
      { length: 1 + random.int(6) },
      () => common[random.int(common.length)]!,
    );
    let text: string | undefined;
    try {
      text = decodeText(bytes, "it");
    } catch (error) {
      const at = Number(/offset (\d+)/.exec((error as Error).message)![1]);
      const replaced = new TextDecoder().decode(bytes);
      const before = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, at));
      assert.equal(replaced.slice(0, before.length), before);
      assert.equal(replaced[before.length], "\ufffd");
    }
    if (text !== undefined) assert.equal(text, new TextDecoder().decode(bytes));
  }
});
