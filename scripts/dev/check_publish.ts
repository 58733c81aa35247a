// deno-lint-ignore-file no-console
/**
 * Checks that the package can be published, and that it works from afar.
 *
 * First `deno publish --dry-run`, which must pass without a warning. Then its files are served over HTTP on this
 * machine, with the names of packages written out as JSR writes them, and a program in an empty folder imports every
 * entry point from there, loads a GPU program's text, trains a GPT, draws, and saves and loads.
 *
 *     deno run -A scripts/dev/check_publish.ts
 *
 * @module
 */
import { ROOT } from "./files.ts";
import { environment, thisMachine } from "./machine.ts";

/** The files that `deno publish` lists, from the root of the project. */
export function publishedFiles(output: string, root: string): string[] {
  const base = new URL(`file://${root}/`).href;
  return [...output.matchAll(/^\s+(file:\/\/\S+) \([\d.]+\w+\)$/gm)]
    .map(([, url]) => decodeURI(url!.slice(base.length)));
}

/** A place in a file, counted from 0. */
interface Position {
  line: number;
  character: number;
}

/** A part of a text, with the quotation marks around it, and what takes its place. */
export interface Replacement {
  /** Where it begins. */
  start: Position;
  /** Where it ends. */
  end: Position;
  /** The new specifier, without quotation marks. */
  specifier: string;
}

/** Writes other specifiers into a source text. */
export function rewrite(text: string, replacements: readonly Replacement[]): string {
  const lines = text.split("\n");
  const last = [...replacements].sort((a, b) =>
    b.start.line - a.start.line || b.start.character - a.start.character
  );
  for (const { start, end, specifier } of last) {
    const line = lines[start.line]!;
    lines[start.line] = line.slice(0, start.character) + JSON.stringify(specifier) +
      line.slice(end.character);
  }
  return lines.join("\n");
}

interface Target {
  specifier?: string;
  span: { start: Position; end: Position };
}

interface Graph {
  modules: {
    specifier: string;
    dependencies?: { specifier: string; code?: Target; type?: Target }[];
  }[];
}

/** The sources of the package as JSR would serve them: packages by their full names. */
async function served(files: readonly string[]): Promise<Map<string, string>> {
  const { stdout } = await deno(["info", "--json", "--no-lock", await listOf(files)]);
  const graph = JSON.parse(stdout) as Graph;
  const contents = new Map<string, string>();
  for (const file of files) {
    const text = await Deno.readTextFile(`${ROOT}/${file}`);
    const url = new URL(`file://${await Deno.realPath(`${ROOT}/${file}`)}`).href;
    const { dependencies = [] } = graph.modules.find((m) => m.specifier === url) ?? {};
    const replacements = dependencies.flatMap(({ specifier, code, type }): Replacement[] => {
      const target = code?.specifier ? code : type;
      if (!target?.specifier?.startsWith("npm:") || specifier.startsWith("npm:")) return [];
      return [{ ...target.span, specifier: target.specifier.replace("npm:/", "npm:") }];
    });
    contents.set(file, rewrite(text, replacements));
  }
  return contents;
}

/** The program of `from_afar.ts`, with every entry point imported by its address. */
async function program(base: string, exports: Record<string, string>): Promise<string> {
  const address = (key: string) => new URL(exports[key]!, base).href;
  const text = (await Deno.readTextFile(`${ROOT}/scripts/dev/from_afar.ts`))
    .replace(/"@tome\/tome(\/[^"]+)?"/g, (_, path = "") => JSON.stringify(address(`.${path}`)))
    .replace(/"@tensorflow\/tfjs"/g, '"npm:@tensorflow/tfjs@4.22.0"');
  return Object.keys(exports).map((key) => `import ${JSON.stringify(address(key))};\n`).join("") +
    text;
}

/** A file that imports others, for `deno info`, which takes one. */
async function listOf(files: readonly string[]): Promise<string> {
  const list = await Deno.makeTempFile({ suffix: ".ts" });
  const root = await Deno.realPath(ROOT);
  const sources = files.filter((f) => f.endsWith(".ts"));
  await Deno.writeTextFile(list, sources.map((f) => `import "file://${root}/${f}";\n`).join(""));
  return list;
}

async function deno(
  args: string[],
  cwd = ROOT,
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: args[0] === "info" ? ["info", "--config", `${ROOT}/deno.json`, ...args.slice(1)] : args,
    cwd,
    env: environment(thisMachine, { NO_COLOR: "1" }),
  }).output();
  const text = new TextDecoder();
  return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}

if (import.meta.main) {
  const dry = await deno(["publish", "--dry-run", "--allow-dirty"]);
  const output = dry.stdout + dry.stderr;
  if (!dry.success) fail(output);
  if (/warning|slow types? found/i.test(output)) fail(`deno publish warns:\n${output}`);
  const files = publishedFiles(output, await Deno.realPath(ROOT));
  if (!files.includes("mod.ts")) {
    fail(`Cannot read which files are published: current output is\n${output}`);
  }
  console.log(`publish: ${files.length} files, no slow types, no warnings`);

  const contents = await served(files);
  const asked = new Set<string>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const path = new URL(request.url).pathname.replace(/^\/@tome\/tome\//, "");
    const text = contents.get(path);
    if (text === undefined) return new Response("not published", { status: 404 });
    asked.add(path);
    const type = path.endsWith(".ts") ? "text/typescript" : "text/plain";
    return new Response(text, { headers: { "content-type": `${type}; charset=utf-8` } });
  });
  const { exports } = JSON.parse(contents.get("deno.json") ?? "{}") as {
    exports: Record<string, string>;
  };
  const base = `http://127.0.0.1:${server.addr.port}/@tome/tome/`;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, await program(base, exports));
    const run = await deno(
      [
        "run",
        "-A",
        "--no-config",
        "--no-lock",
        `--reload=${base}`,
        "main.ts",
      ],
      folder,
    );
    if (!run.success) {
      fail(`The published package does not work from afar:\n${run.stdout}${run.stderr}`);
    }
    console.log(run.stdout.trimEnd());
    console.log(`publish: ${asked.size} of the files were fetched and used from afar`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
