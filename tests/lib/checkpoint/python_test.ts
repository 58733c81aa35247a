import assert from "node:assert/strict";
import { join } from "node:path";
import {
  parseSafetensors,
  type RecordDType,
  type TensorRecord,
  writeSafetensors,
  writeSharded,
} from "@tome/tome/checkpoint";
import { Rng } from "@tome/tome/tensor";

/** Runs a Python program with an argument, and returns what it printed. */
async function python(program: string, ...args: string[]): Promise<string> {
  const command = Deno.env.get("TOME_PYTHON") ?? "python3";
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: ["-c", program, ...args],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const found = await python("import safetensors.numpy, numpy; print(safetensors.__version__)")
  .then((version) => version.trim(), () => undefined);
if (!found) {
  // deno-lint-ignore no-console
  console.warn(
    "No Python with the safetensors package was found, so files are not compared with its own; " +
      "name one in TOME_PYTHON",
  );
}

const DTYPES: Partial<Record<RecordDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

const random = new Rng(3);
const records: TensorRecord[] = Object.entries(DTYPES).flatMap(([dtype, width]) =>
  ["z", "é.a", "😀", "\uffee"].map((name) => ({
    name: `${name}.${dtype}`,
    dtype: dtype as RecordDType,
    shape: [2, 3],
    bytes: Uint8Array.from({ length: 6 * width }, () => random.int(dtype === "BOOL" ? 2 : 128)),
  }))
);
records.push({ name: "scalar", dtype: "F32", shape: [], bytes: new Uint8Array(4) });
records.push({ name: "empty", dtype: "F32", shape: [0], bytes: new Uint8Array(0) });

const READ = `
import sys, json
from safetensors import safe_open
out = {}
for path in sys.argv[1:]:
    with safe_open(path, "np") as f:
        for k in f.keys():
            t = f.get_tensor(k)
            out[k] = [str(t.dtype), list(t.shape), t.tobytes().hex()]
print(json.dumps(out))`;

if (found) {
  Deno.test(`writeSafetensors() writes what Python's safetensors ${found} reads, and the very bytes it writes`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [ours, theirs] = [join(folder, "ours"), join(folder, "theirs")];
      await writeSafetensors(ours, records, { format: "np" });
      const read = JSON.parse(await python(READ, ours));
      for (const { name, shape, bytes } of records) {
        assert.deepEqual(read[name].slice(1), [shape, bytes.toHex()], name);
      }
      await python(
        `
import sys
from safetensors.numpy import load_file, save_file
save_file(load_file(sys.argv[1]), sys.argv[2], metadata={"format": "np"})`,
        ours,
        theirs,
      );
      const bytes = await Deno.readFile(theirs);
      assert.deepEqual(bytes, await Deno.readFile(ours));
      const back = new Map(parseSafetensors(bytes).tensors.map((tensor) => [tensor.name, tensor]));
      for (const record of records) {
        assert.deepEqual({ ...back.get(record.name), bytes: undefined }, {
          ...record,
          bytes: undefined,
        });
        assert.equal(back.get(record.name)!.bytes.toHex(), record.bytes.toHex());
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test(`writeSharded() writes shards that Python's safetensors ${found} reads`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const names = await writeSharded(folder, records, { maxShardBytes: 100 });
      const shards = names.slice(0, -1).map((name) => join(folder, name));
      const read = JSON.parse(await python(READ, ...shards));
      assert.equal(Object.keys(read).length, records.length);
      for (const { name, bytes } of records) assert.equal(read[name][2], bytes.toHex());
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
