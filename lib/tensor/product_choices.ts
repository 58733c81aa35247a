import { dirname, join } from "node:path";
import { cacheFolder, environmentVariable } from "./cache_folder.ts";
import type { RepairedBackend } from "./repairs/webgpu/backend.ts";
import { classesOf, classOf, SAMPLES } from "./repairs/webgpu/product_classes.ts";
import {
  type Measured,
  type MeasureOptions,
  measureProducts,
  STOCK,
} from "./repairs/webgpu/product_tuner.ts";
import { IN_REGISTERS, type Variant, VARIANTS } from "./repairs/webgpu/product_variants.ts";
import { tiledProgram } from "./repairs/webgpu/tiled_code.ts";
import { vectorProgram } from "./repairs/webgpu/vector_code.ts";
import { table, type TableBundle } from "./table.ts";
import { warn } from "./warn.ts";

/** The program that computes a class of matrix products. */
export interface ProductChoice {
  /** The class, such as `"middle, A Bᵀ"`. */
  products: string;
  /** The program; `"stock"` is TensorFlow.js's. */
  program: string;
  /** Whether it was measured to be the fastest, in this process or before. */
  measured: boolean;
  /** How many times as fast as the stock program it was; 1 if nothing was measured. */
  speedup: number;
}

/** Which programs compute matrix products on WebGPU; it prints as a table. */
export class ProductChoices {
  /**
   * Takes the choices.
   *
   * @param choices One for each class of products.
   */
  constructor(readonly choices: readonly ProductChoice[]) {}

  /** The choices as rows of a table. */
  rows(): string[][] {
    return this.choices.map(({ products, program, measured, speedup }) => [
      products,
      program,
      measured ? `${speedup.toFixed(2)}×` : "not measured",
    ]);
  }

  #table(): TableBundle {
    return table(this.rows(), { head: ["products", "program", "against stock"] });
  }

  /** The table as text. */
  toString(): string {
    return this.#table()["text/plain"];
  }

  /** Called by Deno's Jupyter kernel, where it shows as a table. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return this.#table();
  }
}

/** How the fastest programs are found. */
export interface TuneOptions extends Partial<MeasureOptions> {
  /** Whether programs may be measured; otherwise only what was kept before counts. */
  measure: boolean;
  /** Where measurements are kept. @default {the library's cache folder} */
  folder?: string;
}

/** Milliseconds that measuring may take. */
const LIMIT = 3000;

let latest: { measured: Record<string, Measured>; normal: string } | undefined;

/**
 * Gives a backend the fastest programs for matrix products, as they were measured before or are measured now.
 *
 * @param info What the adapter says of itself.
 */
export async function tuneProducts(
  backend: RepairedBackend,
  info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description">,
  { measure, folder, limit = LIMIT, samples = SAMPLES, variants }: TuneOptions,
): Promise<void> {
  const key = keyOf(backend, info);
  const path = fileFor(key, folder);
  const measured = path ? await readChoices(path, key) : {};
  const missing = Object.fromEntries(
    Object.entries(samples).filter(([size]) => classesOf(size).some(([name]) => !measured[name])),
  );
  if (measure && Object.keys(missing).length > 0) {
    const options = { limit, samples: missing, ...(variants && { variants }) };
    Object.assign(measured, await measureProducts(backend, options));
    if (path) await writeChoices(path, key, measured);
  }
  apply(backend, measured, variants ?? []);
}

/** Takes what was measured from here on; what was not keeps the normal programs. */
function apply(
  backend: RepairedBackend,
  measured: Record<string, Measured>,
  more: readonly Variant[],
): void {
  const known = new Map([...VARIANTS, IN_REGISTERS, ...more].map((v) => [v.name, v]));
  const normal = backend.software ? IN_REGISTERS : undefined;
  latest = { measured, normal: normal?.name ?? STOCK };
  if (Object.keys(measured).length === 0 && !normal) {
    backend.products = undefined;
    return;
  }
  backend.products = (problem) => {
    const name = measured[classOf(problem) ?? ""]?.variant;
    if (name === STOCK) return undefined;
    const plan = name === undefined ? undefined : known.get(name)?.plan(problem, backend.abilities);
    return plan ?? normal?.plan(problem, backend.abilities);
  };
}

/**
 * The programs that compute matrix products on WebGPU, by class: fixed once the device is in use.
 *
 * @example
 * ```ts
 * import { productChoices } from "@tome/tome/tensor";
 *
 * console.log(String(productChoices()));
 * ```
 */
export function productChoices(): ProductChoices {
  const { measured = {}, normal = STOCK } = latest ?? {};
  const classes = Object.keys(SAMPLES).flatMap((size) => classesOf(size).map(([name]) => name));
  return new ProductChoices(classes.map((products) => {
    const known = measured[products];
    const program = known?.variant ?? normal;
    const speedup = known ? known.times[STOCK]! / known.times[program]! : 1;
    return { products, program, measured: known !== undefined, speedup };
  }));
}

/** What a measurement holds for: the adapter, the driver as far as it is told, and the programs. */
function keyOf(
  { abilities, software }: RepairedBackend,
  { vendor, architecture, device, description }: Parameters<typeof tuneProducts>[1],
): string {
  // the text of what writes the programs stands for the library's version
  const programs = hash([tiledProgram, vectorProgram, ...VARIANTS.map(({ name }) => name)].join());
  const facts = { vendor, architecture, device, description, abilities, software, programs };
  return JSON.stringify({ ...facts, deno: Deno.version.deno, os: Deno.build.os });
}

function hash(text: string): string {
  let h = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(16).padStart(8, "0");
}

/** The file of measurements; undefined where there is no folder for it. */
function fileFor(key: string, folder?: string): string | undefined {
  try {
    return join(folder ?? cacheFolder(), `matrix-products-${hash(key)}.json`);
  } catch {
    return undefined; // no home, or no permission to ask for it
  }
}

/** Whether a file may be used without the user being asked. */
function may(name: "read" | "write", path: string): boolean {
  return Deno.permissions.querySync({ name, path }).state === "granted";
}

async function readChoices(path: string, key: string): Promise<Record<string, Measured>> {
  if (!may("read", path)) return {};
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch {
    return {}; // nothing was kept
  }
  try {
    const kept = JSON.parse(text) as { key: string; measured: Record<string, Measured> };
    if (kept.key !== key) return {}; // of another adapter, by a chance of the hash
    for (const { variant, times } of Object.values(kept.measured)) {
      if (!(times[variant]! > 0) || !(times[STOCK]! > 0)) {
        throw new SyntaxError("a time is missing");
      }
    }
    return kept.measured;
  } catch {
    warn(`${path} is damaged, and is not used; matrix products are measured anew`);
    return {};
  }
}

/** Keeps measurements; a folder that cannot be written to costs the next process the same time again, and no more. */
async function writeChoices(
  path: string,
  key: string,
  measured: Record<string, Measured>,
): Promise<void> {
  const folder = dirname(path);
  if (!may("write", folder)) return;
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(temporary, JSON.stringify({ key, measured }, undefined, 2));
    await Deno.rename(temporary, path);
  } catch {
    await Deno.remove(temporary).catch(() => {}); // it may not exist
  }
}

/** Whether the environment allows measuring. */
export function mayTune(): boolean {
  return environmentVariable("TOME_TUNE") !== "0";
}
