import assert from "node:assert/strict";
import { join } from "node:path";
import { fromFloat32, loadFolder, saveFolder, toFloat32 } from "@tome/tome/checkpoint";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const tensors = (n: number, value: number) =>
  Array.from(
    { length: n },
    (_, i) => fromFloat32(`w.${i}`, [64], new Float32Array(64).fill(value)),
  );

Deno.test("loadFolder() gives back what saveFolder() was given", () =>
  inFolder(async (folder) => {
    const path = join(folder, "runs", "model");
    const tokenizerJson = { version: "1.0", model: { vocab: { b: 0, a: 1 } } };
    const generationConfig = { eos_token_id: 1 };
    const config = { n_layer: 2, architectures: ["GPT2LMHeadModel"] };
    await saveFolder(path, { config, weights: tensors(3, 5), tokenizerJson, generationConfig });
    assert.deepEqual(names(path), [
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
    assert.deepEqual(names(join(folder, "runs")), ["model"]);
    assert.match(await Deno.readTextFile(join(path, "config.json")), /^\{\n {2}"architectures"/);
    using model = await loadFolder(path);
    assert.deepEqual([model.config, model.tokenizerJson, model.generationConfig], [
      config,
      tokenizerJson,
      generationConfig,
    ]);
    assert.equal(JSON.stringify(model.tokenizerJson), JSON.stringify(tokenizerJson)); // its order too
    assert.equal(toFloat32(await model.weights.read("w.2"))[63], 5);
  }));

Deno.test("saveFolder() replaces a model as a whole and keeps the files beside it", () =>
  inFolder(async (path) => {
    await saveFolder(path, {
      config: {},
      weights: tensors(4, 1),
      maxShardBytes: 256,
      tokenizerJson: "{}",
    });
    await Deno.writeTextFile(join(path, "log.jsonl"), "1");
    await saveFolder(path, { config: { a: 1 }, weights: tensors(2, 2) });
    assert.deepEqual(names(path), ["config.json", "log.jsonl", "model.safetensors"]);
    using model = await loadFolder(path);
    assert.equal(model.weights.infos.size, 2);
  }));

Deno.test("saveFolder() leaves the old model if the weights fail midway", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model");
    await saveFolder(path, { config: { old: true }, weights: tensors(2, 1) });
    const torn = async function* () {
      yield* await Promise.resolve(tensors(2, 2));
      throw new Error("torn");
    };
    await assert.rejects(saveFolder(path, { config: {}, weights: torn(), maxShardBytes: 256 }), {
      message: "torn",
    });
    assert.deepEqual(names(folder), ["model"]);
    using model = await loadFolder(path);
    assert.deepEqual(model.config, { old: true });
  }));

Deno.test("loadFolder() says what is missing or damaged", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model");
    const fails = (message: RegExp) =>
      assert.rejects(loadFolder(path), { name: "CheckpointError", message });
    await fails(/must be a folder: there is none/);
    await Deno.mkdir(path);
    await fails(/config.json as it does not exist/);
    await Deno.writeTextFile(join(path, "config.json"), "{}");
    await fails(/neither is there/);
    await Deno.writeFile(join(path, "model.safetensors"), new Uint8Array(3));
    await fails(/model.safetensors as it must begin with the 8 bytes/);
    await Deno.writeTextFile(join(path, "tokenizer.json"), "{");
    await fails(/tokenizer.json as it must be JSON/);
  }));

Deno.test("saveFolder() loses nothing if the process is killed at any moment", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model");
    const program = join(folder, "save.ts");
    const library = import.meta.resolve("../../../lib/checkpoint/mod.ts");
    await Deno.writeTextFile(
      program,
      `import { fromFloat32, saveFolder } from ${JSON.stringify(library)};
      for (let round = 1;; round++) {
        const weights = Array.from({ length: 8 }, (_, i) =>
          fromFloat32("w." + i, [64], new Float32Array(64).fill(round)));
        await saveFolder(${
        JSON.stringify(path)
      }, { config: { round }, weights, maxShardBytes: 512 });
        if (round === 1) console.log("saved");
      }`,
    );
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    await saveFolder(path, { config: { round: 0 }, weights: tensors(8, 0) });
    let far = 0;
    for (let attempt = 0; attempt < 8; attempt++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--no-check", "--config", config, program],
        stdout: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      await reader.read(); // it saves, over and over, from here on
      await new Promise((done) => setTimeout(done, 3 + attempt * 7));
      child.kill("SIGKILL");
      await child.status;
      reader.releaseLock();
      await child.stdout.cancel();
      using model = await loadFolder(path);
      const round = model.config.round as number;
      far = Math.max(far, round);
      assert.equal(model.weights.infos.size, 8);
      for (const name of model.weights.infos.keys()) {
        assert.ok(toFloat32(await model.weights.read(name)).every((x) => x === round), name);
      }
    }
    assert.ok(far >= 1);
  }));
