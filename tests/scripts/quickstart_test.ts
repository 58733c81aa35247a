import assert from "node:assert/strict";
import { loadGPT } from "@tome/tome/models/gpt";
import { useDevice } from "@tome/tome/tensor";
import { loadTokenizer } from "@tome/tome/text";

const SCRIPT = `${import.meta.dirname}/../../scripts/quickstart.ts`;

async function quickstart(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SCRIPT, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}

Deno.test("quickstart.ts leaves a checkpoint that loads, a report and a picture", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/book.txt`,
      "The whale swims in the sea, and the ship follows the whale.\n".repeat(60),
    );
    const small = ["--layers=1", "--width=8", "--context=8", "--batch=2", "--vocab=270"];
    const { code, output } = await quickstart(
      `--text=${folder}/book.txt`,
      `--out=${folder}/run`,
      "--device=cpu",
      "--steps=12",
      "--write=6",
      ...small,
    );
    assert.equal(code, 0, output);
    assert.match(output, /step 12 {2}validation {2}loss \d/);
    assert.match(output, /loss \(nats per token\)\n/);
    assert.match(output, /── What it learned to write ─+\nThe whale/);

    const report = await Deno.readTextFile(`${folder}/run/report.html`);
    assert.match(report, /<th scope="row">last validation<\/th><td>\d\.\d+ nats at step 12</);
    assert.match(await Deno.readTextFile(`${folder}/run/loss.svg`), /^<svg .*<\/svg>\n$/s);
    await useDevice("cpu");
    using model = await loadGPT(`${folder}/run/model`);
    const tokenizer = await loadTokenizer(`${folder}/run/model`);
    assert.equal(model.vocabSize, tokenizer.vocabSize);
    assert.equal(tokenizer.decode(tokenizer.encode("The whale")), "The whale");
    const left = (await Array.fromAsync(Deno.readDir(`${folder}/run`))).map(({ name }) => name);
    assert.deepEqual(left.sort(), ["loss.svg", "model", "report.html"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("quickstart.ts ends at its time limit, and names a flag that does not exist", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/book.txt`, "abc def ghi jkl. ".repeat(200));
    const { code, output } = await quickstart(
      `--text=${folder}/book.txt`,
      `--out=${folder}/run`,
      "--device=cpu",
      "--steps=1000000",
      "--minutes=0.02",
      "--write=1",
      "--layers=1",
      "--width=8",
      "--context=8",
      "--batch=1",
      "--vocab=260",
      "--prompt=abc",
    );
    assert.equal(code, 0, output);
    assert.match(output, /ended at step \d+: time/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const wrong = await quickstart("--stepz=3");
  assert.equal(wrong.code, 2);
  assert.match(wrong.output, /there is no flag --stepz; did you mean --steps\?/);
});
