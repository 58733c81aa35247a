import assert from "node:assert/strict";
import { join } from "node:path";
import {
  fromFloat32,
  openWeights,
  stableJson,
  toFloat32,
  writeSafetensors,
  writeSharded,
} from "@tome/tome/checkpoint";

const INDEX = "model.safetensors.index.json";
const records = Array.from(
  { length: 7 },
  (_, i) => fromFloat32(`layer.${i}`, [2, 2], Float32Array.of(i, i + 0.5, -i, 1)),
); // 16 bytes each

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const index = (folder: string) => JSON.parse(Deno.readTextFileSync(join(folder, INDEX)));

async function fails(folder: string, message: RegExp): Promise<void> {
  await assert.rejects(openWeights(folder), { name: "CheckpointError", message });
}

Deno.test("writeSharded() writes one file where that is enough", () =>
  inFolder(async (folder) => {
    assert.deepEqual(await writeSharded(folder, records), ["model.safetensors"]);
    assert.deepEqual(names(folder), ["model.safetensors"]);
    using weights = await openWeights(folder);
    assert.deepEqual(weights.metadata, { format: "pt" });
    assert.equal(weights.infos.size, 7);
  }));

Deno.test("openWeights() reads back what writeSharded() spread over files", () =>
  inFolder(async (folder) => {
    const stream = async function* () {
      for (const record of records) yield await Promise.resolve(record);
    };
    const written = await writeSharded(folder, stream(), { maxShardBytes: 47 }); // two in each
    assert.deepEqual(written.sort(), names(folder));
    assert.deepEqual(
      names(folder).slice(0, 4),
      [1, 2, 3, 4].map((i) => `model-0000${i}-of-00004.safetensors`),
    );
    assert.equal(index(folder).metadata.total_size, 7 * 16);
    assert.equal(index(folder).weight_map["layer.2"], "model-00002-of-00004.safetensors");
    using weights = await openWeights(folder);
    const back = await Promise.all(records.map(({ name }) => weights.read(name)));
    assert.deepEqual(back.map(toFloat32), records.map(toFloat32));
    await assert.rejects(weights.read("layer.7"), { name: "CheckpointError" });
  }));

Deno.test("writeSharded() gives a tensor above the limit a file of its own", () =>
  inFolder(async (folder) => {
    assert.equal((await writeSharded(folder, records, { maxShardBytes: 1 })).length, 8);
    using weights = await openWeights(folder);
    assert.equal(weights.infos.size, 7);
  }));

Deno.test("writeSharded() leaves nothing behind if a tensor fails", () =>
  inFolder(async (folder) => {
    await assert.rejects(writeSharded(folder, [...records, records[0]!], { maxShardBytes: 16 }), {
      name: "CheckpointError",
      message: /"layer.0" as each name may stand only once/,
    });
    assert.deepEqual(names(folder), []);
    await assert.rejects(writeSharded(folder, records, { maxShardBytes: 0 }), {
      name: "RangeError",
    });
    await writeSharded(folder, records);
    await assert.rejects(writeSharded(folder, records), { message: /must not hold weights yet/ });
  }));

Deno.test("openWeights() names a shard that is missing, and one too many", () =>
  inFolder(async (folder) => {
    await fails(folder, /must hold model.safetensors or model.safetensors.index.json: neither/);
    await writeSharded(folder, records, { maxShardBytes: 47 });
    const extra = join(folder, "model-00005-of-00005.safetensors");
    await writeSafetensors(extra, [records[0]!]);
    await fails(folder, /does not name model-00005-of-00005.safetensors/);
    await Deno.remove(extra);
    await Deno.remove(join(folder, "model-00003-of-00004.safetensors"));
    await fails(folder, /1 of its 4 files is missing: model-00003-of-00004.safetensors/);
  }));

Deno.test("openWeights() notices that index and files disagree", () =>
  inFolder(async (folder) => {
    await writeSharded(folder, records, { maxShardBytes: 47 });
    const good = index(folder);
    const put = (change: (map: Record<string, unknown>) => unknown) =>
      Deno.writeTextFile(
        join(folder, INDEX),
        stableJson({ weight_map: change({ ...good.weight_map }) }),
      );
    await put(({ "layer.3": _, ...map }) => map);
    await fails(folder, /must place its tensor "layer.3" there: current place is nowhere/);
    await put((map) => ({ ...map, more: "model-00001-of-00004.safetensors" }));
    await fails(folder, /Cannot read "more" as model-00001-of-00004.safetensors must hold it/);
    await put((map) => ({ ...map, "layer.0": "model-00002-of-00004.safetensors" }));
    await fails(folder, /current place is model-00002-of-00004.safetensors/);
    await put((map) => ({ ...map, "layer.0": "../secret.safetensors" }));
    await fails(folder, /"layer.0" must lie in a .safetensors file of the same folder/);
    await put((map) => ({ ...map, "layer.0": 1 }));
    await fails(folder, /current file is 1/);
    await put(() => []);
    await fails(folder, /weight_map must name the file of each tensor: current weight_map is \[\]/);
  }));
