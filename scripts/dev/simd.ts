// deno-lint-ignore-file no-console
/**
 * Compiles `lib/tensor/simd/*.as` to `lib/tensor/simd/kernels.wasm.txt`, base64, with AssemblyScript, or checks that this was done.
 *
 *     deno run -A scripts/dev/simd.ts          # compiles
 *     deno run -A scripts/dev/simd.ts --check  # fails if the sources compile to something else than what is committed
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import asc from "assemblyscript/asc";
import { ROOT } from "./files.ts";

const FOLDER = `${ROOT}/lib/tensor/simd/`;
const BINARY = `${FOLDER}kernels.wasm.txt`;

/** Compiles the sources. @throws {Error} With what the compiler says, if it refuses them. */
async function compile(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    "index.ts",
    "--outFile=kernels.wasm",
    "--runtime=stub",
    "--importMemory",
    "--noExportMemory",
    "--initialMemory=1",
    "--enable=simd,relaxed-simd",
    "--noAssert",
    "-O3",
  ], {
    readFile(name: string) {
      // the compiler asks for .ts; ours are .as, so that nobody takes them for TypeScript
      try {
        return Deno.readTextFileSync(FOLDER + name.replace(/\.ts$/, ".as"));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
    writeFile(_name: string, contents: Uint8Array | string) {
      if (typeof contents !== "string") binary = contents;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`Cannot compile ${FOLDER}index.as\n${stderr.toString()}`);
  return binary;
}

/** Base64 in lines: a text, as a binary file cannot be imported without a flag. */
const text = (bytes: Uint8Array) => bytes.toBase64().replaceAll(/.{1,100}/g, "$&\n");

const { check } = parseArgs(Deno.args, { boolean: ["check"] });
const compiled = await compile();
if (!check) await Deno.writeTextFile(BINARY, text(compiled));
else if (await Deno.readTextFile(BINARY) !== text(compiled)) {
  console.error(
    "lib/tensor/simd/kernels.wasm.txt is not what its sources compile to: deno run -A scripts/dev/simd.ts",
  );
  Deno.exit(1);
}
console.log(`lib/tensor/simd/kernels.wasm.txt: ${compiled.length} bytes of WebAssembly`);
