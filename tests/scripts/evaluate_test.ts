import assert from "node:assert/strict";
import {
  assertFails,
  BOOK,
  inBookFolder,
  leastPermissions,
  runForJson,
  runScript,
  testManual,
  TINY,
} from "./_run.ts";

/** What evaluate.ts --json prints. */
interface Evaluated {
  loss: number;
  perplexity: number;
  bitsPerByte: number;
  tokens: number;
  seconds: number;
  device: string;
}

testManual("evaluate");

Deno.test("evaluate.ts gives the loss that train_gpt.ts ends with, and says what else it is", () =>
  inBookFolder(async (cwd) => {
    const train = [...TINY, "--text=book.txt", "--steps=20", "--lr=1e-2", "--device=cpu"];
    const { valLoss } = await runForJson<{ valLoss: number }>(
      "train_gpt",
      [...train, "--sample=0", "--out=run"],
      { cwd },
    );
    const model = ["--model=run/last", "--text=book.txt", "--device=cpu"];
    const last = await runForJson<Evaluated>(
      "evaluate",
      [...model, "--part=last", "--batch=4"],
      { cwd },
    );
    assert.equal(last.loss, valLoss);
    const held = Math.round(BOOK.length / 10);
    const tokens = 16 * Math.floor((held - 1) / 16);
    assert.deepEqual([last.tokens, last.device], [tokens, "cpu"]);
    assert.ok(Math.abs(last.perplexity / Math.exp(valLoss) - 1) < 1e-9);
    assert.ok(Math.abs(last.bitsPerByte / (valLoss / Math.LN2) - 1) < 1e-9); // a byte a character
    const others = await runForJson<Evaluated>("evaluate", [...model, "--part=last"], { cwd });
    assert.ok(Math.abs(others.loss - valLoss) < 1e-5, "other batches give the same mean");

    const some = await runForJson<Evaluated>("evaluate", [...model, "--maxBatches=2"], { cwd });
    assert.equal(some.tokens, 2 * 12 * 16);
    const table = await runScript("evaluate", model, { cwd });
    assert.deepEqual([table.code, table.stderr], [0, ""]);
    assert.match(table.stdout, /perplexity/);

    const { needed, extra } = await leastPermissions("evaluate");
    assert.deepEqual([needed, extra], [["--allow-read", "--allow-env"], ["--allow-ffi"]]);
    const wasm = ["--model=run/last", "--text=book.txt", "--device=wasm", "--part=last"];
    const by = (permissions: string[]) =>
      runForJson<Evaluated>("evaluate", wasm, { cwd, permissions });
    assert.ok(Math.abs((await by(needed)).loss - valLoss) < 1e-4);
    assert.ok(Math.abs((await by([...needed, ...extra])).loss - valLoss) < 1e-4);

    const fails = (flags: string[], message: RegExp, code = 1) =>
      assertFails("evaluate", flags, { code, message, cwd });
    await fails(["--model=run/last"], /it needs --text=string/, 2);
    await fails(["--text=book.txt", "--model=none"], /^CheckpointError: .* none as it must be/m);
    await fails([model[0]!, "--text=none.txt"], /^NotFound: .* no file none\.txt$/m);
    await Deno.writeTextFile(`${cwd}/other.txt`, "µ".repeat(100));
    await fails([model[0]!, "--text=other.txt"], /^RangeError: .*vocabulary: .*"µ"/m);
    await Deno.writeTextFile(`${cwd}/short.txt`, BOOK.slice(0, 16));
    await fails([model[0]!, "--text=short.txt"], /^RangeError: .* at least 17 .* has 16 of the/m);
  }));
