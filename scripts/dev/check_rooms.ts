// deno-lint-ignore-file no-console
/**
 * Checks who imports whom: imports go down the floors of `.github/ARCHITECTURE.md`, never up or sideways.
 *
 *     deno run -A scripts/dev/check_rooms.ts
 *
 * @module
 */

/** The floor of each room. */
const FLOORS: Record<string, number> = {
  "lib/tensor": 0,
  "lib/ops": 1,
  "lib/audio": 1,
  "lib/text": 1,
  "lib/checkpoint": 1,
  "lib/nn": 2,
  "lib/data": 2,
  "lib/optim": 2,
  "lib/metrics": 2,
  "lib/models": 3,
  "lib/generate": 3,
  "lib/train": 3,
  "lib/evaluate": 4,
  "lib/search": 4,
  "lib/compress": 4,
  "lib/explain": 4,
  "lib/privacy": 4,
  "lib/integrity": 4,
  "lib/distributed": 4,
  "lib/serve": 5,
  "mod.ts": 6,
  "kernel": 7,
  "scripts": 8,
};

/** An import: the file that has it, the specifier as written, and the file or package that it means. */
export interface Import {
  /** The importing file, from the root of the project. */
  from: string;
  /** The specifier as written. */
  specifier: string;
  /** The imported file from the root of the project, or the package's URL. */
  to: string;
}

/** The room that a file of the project lies in. */
export function roomOf(file: string): string {
  const [first, second] = file.split("/");
  return first === "lib" && second ? `lib/${second}` : first!;
}

/** What is wrong with an import, or nothing. */
export function fault({ from, specifier, to }: Import): string | undefined {
  const refuse = (why: string) => `${from} may not import ${to}: ${why}`;
  const [own, other] = [roomOf(from), roomOf(to)];
  if (/^[a-z]+:/.test(to)) {
    const mayTensorFlow = /^lib\/tensor\/(_tf|webgpu|wasm)\.ts$|^lib\/tensor\/repairs\/|^scripts\//;
    return to.includes("@tensorflow/") && !mayTensorFlow.test(from) && !isDefinition(from, to)
      ? refuse("only lib/tensor/_tf.ts, webgpu.ts, wasm.ts and repairs/ import TensorFlow.js")
      : undefined;
  }
  if (own === other || own === "tests") return;
  if (from.startsWith("scripts/dev/")) return; // the workshop looks into everything
  if (!(own in FLOORS)) return `${from} lies in no room: give ${own} a floor in check_rooms.ts`;
  if (!(other in FLOORS)) return refuse(`${other} is no room of the library`);
  if (own === "scripts") {
    return specifier.startsWith(".")
      ? refuse(
        `a script imports the library as a user does, by @tome/tome: current is ${specifier}`,
      )
      : undefined;
  }
  if (FLOORS[other]! >= FLOORS[own]! || (own === "kernel" && other === "mod.ts")) {
    return refuse(`${other} is not below ${own}`);
  }
  const door = /^lib\/(\w+|models\/\w+)\/mod\.ts$/.test(to) || to === "lib/models/registry.ts";
  if (!door && to !== "lib/tensor/_tf.ts" && !isDefinition(from, to)) {
    return refuse(`the door of ${other} is its mod.ts`);
  }
}

/** Whether what defines operations and updates looks at the backends, whose memory its code works in. */
function isDefinition(from: string, to: string): boolean {
  // what runs GPU programs, and their numbers; what multiplies there and in the heap
  if (/^lib\/tensor\/(dispatch|gpu_product|heap_product|live)\.ts$/.test(to)) {
    return from.startsWith("lib/ops/");
  }
  if (to === "lib/tensor/simd.ts") {
    return from.startsWith("lib/ops/") || from.startsWith("lib/optim/");
  }
  return from === "lib/ops/_define.ts" &&
    (to === "lib/tensor/wasm_heap.ts" || to.includes("@tensorflow/tfjs-backend-webgpu"));
}

/** The source files of the library, the views and the scripts. */
async function* sources(root: string, folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(root, path);
    else if (/\.tsx?$/.test(path)) yield path;
  }
}

/** Every import of the project, from `deno info`, types included. */
export async function imports(root: string): Promise<Import[]> {
  const files = ["mod.ts"];
  for (const folder of ["lib", "kernel", "scripts"]) {
    for await (const file of sources(root, folder)) files.push(file);
  }
  const base = new URL(`file://${await Deno.realPath(root)}/`).href;
  const list = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(list, files.map((f) => `import "${base}${f}";\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${root}/deno.json`, list],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return read(JSON.parse(new TextDecoder().decode(stdout)), base);
  } finally {
    await Deno.remove(list);
  }
}

interface Graph {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string; error?: string };
      type?: { specifier?: string; error?: string };
    }[];
  }[];
}

function read(graph: Graph, base: string): Import[] {
  const found: Import[] = [];
  for (const { specifier: file, error, dependencies = [] } of graph.modules) {
    if (error) throw new SyntaxError(error);
    if (!file.startsWith(base)) continue;
    for (const { specifier, code, type } of dependencies) {
      const target = code?.specifier ?? type?.specifier;
      if (!target) {
        throw new SyntaxError(code?.error ?? type?.error ?? `Cannot resolve ${specifier}`);
      }
      found.push({ from: file.slice(base.length), specifier, to: target.replace(base, "") });
    }
  }
  return found;
}

if (import.meta.main) {
  const root = `${import.meta.dirname}/../..`;
  const { exports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`)) as {
    exports: Record<string, string>;
  };
  const faults: string[] = [];
  const all = await imports(root).catch((error: Error) => (faults.push(error.message), []));
  faults.push(...all.map(fault).filter((text) => text !== undefined));
  for (const [key, path] of Object.entries(exports)) {
    const there = await Deno.stat(`${root}/${path}`).then(() => true, () => false);
    if (!there) faults.push(`deno.json exports ${key}, but ${path} does not exist`);
  }
  for (const text of faults) console.error(text);
  if (faults.length) Deno.exit(1);
  console.log(`rooms: ${all.length} imports, all go down`);
}
