import assert from "node:assert/strict";
import { join } from "node:path";
import { readBytes, readJson, stableJson, writeAtomic } from "@tome/tome/checkpoint";
import { replaceFolder, settledFolder } from "../../../lib/checkpoint/file.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("writeAtomic() writes texts, bytes and pieces", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x");
    await writeAtomic(path, "né");
    assert.equal(await Deno.readTextFile(path), "né");
    await writeAtomic(path, Uint8Array.of(1, 2));
    await writeAtomic(
      path,
      (function* () {
        yield Uint8Array.of(3);
        yield new Uint8Array(0);
        yield Uint8Array.of(4, 5);
      })(),
    );
    assert.deepEqual([...await readBytes(path)], [3, 4, 5]);
    assert.deepEqual(names(folder), ["x"]);
  }));

Deno.test("writeAtomic() leaves the old file, and no other, if a piece fails", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x");
    await writeAtomic(path, "old");
    const pieces = async function* () {
      yield new Uint8Array(100_000);
      await Promise.resolve();
      throw new Error("torn");
    };
    await assert.rejects(writeAtomic(path, pieces()), { message: "torn" });
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual(names(folder), ["x"]);
    await assert.rejects(writeAtomic(join(folder, "none", "x"), ""), Deno.errors.NotFound);
  }));

Deno.test("readJson() and readBytes() say what is wrong with a file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x.json");
    const fails = (message: RegExp) =>
      assert.rejects(readJson(path), { name: "CheckpointError", message });
    await fails(/Cannot read .*x\.json as it does not exist/);
    await Deno.writeTextFile(path, '{"a": 1');
    await fails(/as it must be JSON/);
    await Deno.writeFile(path, Uint8Array.of(0x7b, 0xff, 0x7d));
    await fails(/as it must be JSON/);
    await Deno.writeTextFile(path, "[1]");
    await fails(/must hold a JSON object: current value is \[1\]/);
    await assert.rejects(readBytes(folder), { message: /as it is a folder/ });
  }));

Deno.test("stableJson() does not depend on the order of keys", () => {
  const text = stableJson({ b: [{ y: 1, x: 2 }], a: null });
  assert.equal(text, stableJson({ a: null, b: [{ x: 2, y: 1 }] }));
  assert.ok(text.startsWith('{\n  "a": null,') && text.endsWith("}\n"));
});

Deno.test("replaceFolder() takes along what it does not own, nested files too", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model");
    await Deno.mkdir(join(path, "logs", "deep"), { recursive: true });
    await Deno.writeTextFile(join(path, "logs", "deep", "a"), "log");
    await Deno.writeTextFile(join(path, "mine"), "old");
    await Deno.symlink("mine", join(path, "link"));
    const write = (text: string) => (inner: string) =>
      Deno.writeTextFile(join(inner, "mine"), text);
    await replaceFolder(path, write("new"), (name) => name === "mine");
    assert.equal(await Deno.readTextFile(join(path, "mine")), "new");
    assert.equal(await Deno.readTextFile(join(path, "logs", "deep", "a")), "log");
    assert.equal(await Deno.readLink(join(path, "link")), "mine");
    assert.deepEqual(names(folder), ["model"]);
  }));

Deno.test("replaceFolder() keeps the old folder if filling the new one fails", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model");
    await replaceFolder(path, (inner) => Deno.writeTextFile(join(inner, "a"), "old"));
    const torn = replaceFolder(path, () => Promise.reject(new Error("torn")));
    await assert.rejects(torn, { message: "torn" });
    assert.equal(await Deno.readTextFile(join(path, "a")), "old");
    assert.deepEqual(names(folder), ["model"]);
    await assert.rejects(replaceFolder(join(path, "a"), () => Promise.resolve()), {
      name: "CheckpointError",
      message: /as it is a file/,
    });
  }));

Deno.test("settledFolder() finds the old folder after a death between the two renames", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model");
    await Deno.mkdir(join(folder, ".model.old"));
    assert.equal(await settledFolder(path), join(folder, ".model.old"));
    await replaceFolder(path, () => Promise.resolve());
    assert.equal(await settledFolder(path), path);
    assert.deepEqual(names(folder), ["model"]);
  }));
