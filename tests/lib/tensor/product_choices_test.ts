// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { join } from "node:path";
import { gpuCounters, productChoices, useDevice } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import {
  ProductChoices,
  type TuneOptions,
  tuneProducts,
} from "../../../lib/tensor/product_choices.ts";
import type { RepairedBackend } from "../../../lib/tensor/repairs/webgpu/backend.ts";
import { classOf } from "../../../lib/tensor/repairs/webgpu/product_classes.ts";
import { problemOf } from "../../../lib/tensor/repairs/webgpu/product_problem.ts";
import {
  IN_REGISTERS,
  type Variant,
  VARIANTS,
} from "../../../lib/tensor/repairs/webgpu/product_variants.ts";
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

const ADAPTER = { vendor: "maker", architecture: "", device: "1", description: "a GPU 1.0" };
const SAMPLES = { "few rows": { rows: 2, inner: 36, columns: 40 } };
const few = VARIANTS.find(({ name }) => name === "few rows")!;

/** A variant that computes something else, and one that does not compile. */
const BROKEN: Variant[] = [["wrong", "s0_0 = fma", "s0_0 = 2.0 * fma"], [
  "invalid",
  "fn main",
  "fn",
]]
  .map(([name, from, to]) => ({
    name: name!,
    plan(problem, abilities) {
      const { grid, program } = few.plan(problem, abilities)!;
      return {
        grid,
        program: (epilogue) => {
          const made = program(epilogue);
          assert.ok(made.code.includes(from!));
          return { ...made, code: made.code.replace(from!, to!) };
        },
      };
    },
  }));

/** Tunes in a folder of its own, and puts back what was. */
async function inFolder(
  run: (
    tune: (more?: Partial<TuneOptions>, adapter?: typeof ADAPTER) => Promise<string[]>,
    folder: string,
    backend: RepairedBackend,
  ) => Promise<void>,
): Promise<void> {
  const backend = tf.backend() as unknown as RepairedBackend;
  const { products } = backend;
  const folder = await Deno.makeTempDir();
  const { warn } = console;
  try {
    await run(
      async (more = {}, adapter = ADAPTER) => {
        const warnings: string[] = [];
        console.warn = (text: string) => warnings.push(text);
        const options = { measure: true, folder, samples: SAMPLES, limit: 60_000 };
        await tuneProducts(backend, adapter, {
          variants: [few, IN_REGISTERS],
          ...options,
          ...more,
        });
        return warnings;
      },
      folder,
      backend,
    );
  } finally {
    console.warn = warn;
    backend.products = products;
    await Deno.remove(folder, { recursive: true });
  }
}

const measured = () => productChoices().choices.filter((choice) => choice.measured);

testOnDevices(
  "tuneProducts() leaves out what is wrong or refused, and takes the fastest",
  async () => {
    await inFolder(async (tune, folder, backend) => {
      await tune({ variants: [few, ...BROKEN, IN_REGISTERS] });
      assert.equal(measured().length, 2); // A B and A Bᵀ
      const [file] = [...Deno.readDirSync(folder)];
      const kept = JSON.parse(Deno.readTextFileSync(join(folder, file!.name)));
      for (const { products, program, speedup } of measured()) {
        const { times, variant } = kept.measured[products];
        assert.deepEqual(Object.keys(times).sort(), ["few rows", "registers", "stock"]);
        assert.equal(variant, program);
        assert.ok(times.registers > 0 && times.stock > 0);
        if (program !== "registers") assert.ok(times[program] < 0.95 * times.registers);
        assert.ok(Math.abs(speedup - times.stock / times[program]) < 1e-9);
      }
      assert.ok(backend.products);
      await assertClose(tf.matMul(tf.ones([2, 36]), tf.ones([36, 40])), tf.fill([2, 40], 36));
    });
  },
  ["webgpu"],
);

testOnDevices("tuneProducts() measures once for an adapter, and keeps it in a file", async () => {
  await inFolder(async (tune, folder) => {
    await tune();
    const chosen = measured();
    const before = gpuCounters().dispatches;
    await tune();
    assert.deepEqual(measured(), chosen);
    assert.equal(gpuCounters().dispatches, before, "nothing was measured again");
    await tune({ measure: false }, { ...ADAPTER, description: "a GPU 1.1" });
    assert.equal(measured().length, 0, "another driver");
    assert.equal(gpuCounters().dispatches, before, "nothing may be measured");
    assert.equal([...Deno.readDirSync(folder)].length, 1, "no temporary file is left");
  });
}, ["webgpu"]);

testOnDevices("tuneProducts() says once that a file is damaged, and measures anew", async () => {
  await inFolder(async (tune, folder) => {
    await tune();
    const path = join(folder, [...Deno.readDirSync(folder)][0]!.name);
    const whole = await Deno.readTextFile(path);
    for (
      const text of [whole.slice(0, -20), whole.replaceAll(/"stock": [^,\n]+/g, '"stock": "x"')]
    ) {
      await Deno.writeTextFile(path, text);
      const warnings = await tune();
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /is damaged, and is not used/);
      assert.equal(measured().length, 2);
      assert.deepEqual(await tune(), [], "the file is whole again");
    }
  });
}, ["webgpu"]);

testOnDevices("tuneProducts() begins nothing after its time, and needs no folder", async () => {
  await inFolder(async (tune, _folder, backend) => {
    const before = gpuCounters().dispatches;
    await tune({ limit: 0, folder: "/dev/null/none" });
    assert.equal(gpuCounters().dispatches, before);
    assert.equal(measured().length, 0);
    await assertClose(tf.matMul(tf.ones([2, 36]), tf.ones([36, 40])), tf.fill([2, 40], 36));
    assert.ok(backend.products, "the normal programs stay");
  });
}, ["webgpu"]);

testOnDevices("useDevice() measures in bounded time if asked, and once", async () => {
  const backend = tf.backend() as unknown as RepairedBackend;
  const { products } = backend;
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    const start = performance.now();
    await useDevice("webgpu", { tune: true });
    assert.ok(performance.now() - start < 60_000); // 3 s, and what one program takes to compile here
    const text = String(productChoices());
    assert.match(text, /^products +program +against stock\n/);
    assert.match(text, /\nfew rows, A B /);
    const chosen = backend.products;
    await useDevice("webgpu", { tune: true });
    assert.equal(backend.products, chosen, "the choice stays");
  } finally {
    backend.products = products;
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
    await useDevice("webgpu", { strict: true });
  }
}, ["webgpu"]);

testOnDevices("useDevice() allows half precision in products only on request", async () => {
  const backend = () => tf.backend() as unknown as RepairedBackend;
  assert.equal(backend().abilities.half, false);
  try {
    await useDevice("webgpu", { halfProducts: true });
    assert.equal(backend().abilities.half, backend().device.features.has("shader-f16"));
    await assertClose(tf.matMul(tf.ones([2, 36]), tf.ones([36, 40])), tf.fill([2, 40], 36));
  } finally {
    await useDevice("webgpu", { strict: true });
  }
  assert.equal(backend().abilities.half, false);
}, ["webgpu"]);

Deno.test("classOf() tells products by their size, and by how the matrices lie", () => {
  const of = (a: number[], b: number[], turnA = false, turnB = false) =>
    classOf(
      problemOf(
        { shape: a, dtype: "float32", dataId: {} },
        { shape: b, dtype: "float32", dataId: {} },
        turnA,
        turnB,
      )!,
    );
  assert.equal(of([1, 768], [2304, 768], false, true), "few rows, A Bᵀ");
  assert.equal(of([2304, 768], [768, 2], false, false), "few rows, A Bᵀ"); // as (Bᵀ Aᵀ)ᵀ
  assert.equal(of([4096, 64], [4096, 64], true), "small, deep, Aᵀ B");
  assert.equal(of([512, 64], [64, 256]), "middle, A B");
  assert.equal(of([8, 512, 64], [8, 64, 512]), "large, A B");
  assert.equal(of([9, 9], [9, 9], true, true), undefined);
});

Deno.test("ProductChoices prints as a table", () => {
  const choice = { products: "large, A B", program: "tiles 128×128", measured: true, speedup: 1.5 };
  const text = String(new ProductChoices([choice]));
  assert.equal(text.split("\n").at(-1), "large, A B  tiles 128×128  1.50×");
});
