/**
 * Trains the classifiers of images on npm's digits in Tome and in PyTorch, several times each, and prints both beside each other.
 *
 *     deno run -A scripts/bench/digits.ts softmax mlp --seeds=1
 *     TOME_PYTHON=venv/bin/python deno run -A scripts/bench/digits.ts
 *     TOME_PYTHON=venv/bin/python deno run -A scripts/bench/digits.ts lenet --epochs=2 --out=runs/short
 *
 * Without words it is all models: softmax, mlp, lenet, keras-cnn, inception, resnet-8, vit. Both sides learn the same 8,000 digits
 * and are measured on the same 2,000 with the same first distributions of weights, batches, epochs and learning rates; the seeds
 * 1, 2, … fix weights, order and dropout. Every run stays as a line of runs.jsonl in --out, and is not made again: a comparison
 * that was stopped goes on. The interval of 95 % is of the difference, with seeds and digits drawn anew.
 *
 * Least permissions: --allow-read --allow-env --allow-run --allow-write=runs.
 * The processes that it starts have all permissions.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { accuracy } from "@tome/tome/metrics";
import { Rng } from "@tome/tome/tensor";
import { readFlags, refuse, run } from "../_flags.ts";
import { findPython } from "./machine.ts";
import { grid } from "./table.ts";

/** How each model is trained, on both sides. */
const SETTINGS = {
  "softmax": { epochs: 8, batch: 64, lr: 2e-3 },
  "mlp": { epochs: 8, batch: 64, lr: 2e-3 },
  "lenet": { epochs: 12, batch: 64, lr: 4e-3 },
  "keras-cnn": { epochs: 8, batch: 128, lr: 4e-3 },
  "inception": { epochs: 1, batch: 64, lr: 4e-3 },
  "resnet-8": { epochs: 1, batch: 64, lr: 4e-3 },
  "vit": { epochs: 4, batch: 64, lr: 2e-3 },
} as const;

type Model = keyof typeof SETTINGS;
const MODELS = Object.keys(SETTINGS) as Model[];

const words = Deno.args.filter((arg) => !arg.startsWith("-"));
const flags = readFlags(import.meta.url, {
  seeds: { type: "integer", default: 3, min: 1, help: "runs of each model on each side" },
  epochs: { type: "integer", min: 1, help: "passes through the digits (each model's own)" },
  images: { type: "integer", min: 20, help: "digits, a fifth of them for measuring (10,000)" },
  threads: { type: "integer", default: 2, min: 1, help: "cores of each side" },
  device: { type: "string", default: "wasm", help: "where Tome computes" },
  out: { type: "string", default: "runs/digits", help: "folder for the runs and the digits" },
  json: { type: "boolean", help: "end with one line of JSON, a list of the table's rows" },
}, Deno.args.filter((arg) => arg.startsWith("-")));

const stranger = words.find((word) => !MODELS.includes(word as Model));
if (stranger !== undefined) {
  refuse(import.meta.url, `there is no model "${stranger}": the models are ${MODELS.join(", ")}`);
}

const SIDES = ["Tome", "PyTorch"] as const;

/** What a run was. */
interface Settings {
  side: typeof SIDES[number];
  model: Model;
  seed: number;
  epochs: number;
  batch: number;
  lr: number;
  images: number;
}

/** What a run gave. */
interface Trained {
  accuracy: number;
  loss: number;
  parameters: number;
  steps: number;
  predictions: number[];
  millisPerStep: number;
}

type Line = Settings & Trained;

const keyOf = ({ side, model, seed, epochs, batch, lr, images }: Settings) =>
  JSON.stringify([side, model, seed, epochs, batch, lr, images]);

const file = `${flags.out}/runs.jsonl`;

async function readRuns(): Promise<Map<string, Line>> {
  const text = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const lines = text.split("\n").filter(Boolean).map((line): Line => JSON.parse(line));
  return new Map(lines.map((line) => [keyOf(line), line]));
}

/** The object in the last line that a program prints; what it says meanwhile goes on. */
async function lastLine(command: string, args: string[]): Promise<Trained> {
  const { success, stdout } = await new Deno.Command(command, {
    args,
    env: { OPENBLAS_NUM_THREADS: `${flags.threads}` },
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot go on as ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!);
}

async function trainOnce(settings: Settings, python: string | undefined): Promise<Trained> {
  const { model, seed, epochs, batch, lr, images } = settings;
  const shared = [`--model=${model}`, `--seed=${seed}`, `--epochs=${epochs}`, `--batch=${batch}`];
  shared.push(`--lr=${lr}`);
  if (settings.side === "PyTorch") {
    const script = new URL("python/digits.py", import.meta.url).pathname;
    return await lastLine(python!, [script, flags.out, ...shared, `--threads=${flags.threads}`]);
  }
  const script = new URL("../train_image_classifier.ts", import.meta.url).pathname;
  const own = [`--maxImages=${images}`, `--device=${flags.device}`, `--export=${flags.out}`];
  return await lastLine(Deno.execPath(), ["run", "-A", script, ...shared, ...own, "--json"]);
}

/** The classes of the held-out digits. */
async function heldLabels(): Promise<number[]> {
  const bytes = await Deno.readFile(`${flags.out}/held.bin`);
  return Array.from({ length: bytes.length / 785 }, (_, i) => bytes[785 * i]!);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** Which digits each run of a side has right. */
type Hits = readonly (readonly number[])[];

/** How much more of the digits one side has right, in percent, and the ends of 95 % of what other seeds and digits would give. */
function difference(one: Hits, other: Hits): string {
  const value = mean(one.map(mean)) - mean(other.map(mean));
  const rng = new Rng(0);
  const draw = <T>(from: readonly T[]) => from.map(() => from[rng.int(from.length)]!);
  const drawn = Array.from({ length: 2000 }, () => {
    const [first, second] = [draw(one), draw(other)];
    const rows = draw(one[0]!.map((_, i) => i));
    const at = (runs: Hits) => mean(runs.map((run) => mean(rows.map((i) => run[i]!))));
    return at(first) - at(second);
  }).sort((a, b) => a - b);
  const signed = (share: number) => `${share >= 0 ? "+" : ""}${(100 * share).toFixed(2)}`;
  return `${signed(value)} [${signed(drawn[50]!)}, ${signed(drawn[1949]!)}]`;
}

await run(async () => {
  await Deno.mkdir(flags.out, { recursive: true });
  const python = await findPython(["torch", "transformers"]);
  if (!python) console.error("PyTorch: not run, no Python has torch and transformers");
  const chosen = MODELS.filter((model) => words.length === 0 || words.includes(model));
  const images = flags.images ?? 10_000;
  const rows = [[
    "model",
    "parameters",
    "epochs, batch, peak rate",
    "Tome",
    "PyTorch",
    "difference",
  ]];
  const share = (line: Line) => (100 * line.accuracy).toFixed(2);
  for (const model of chosen) {
    const { epochs: own, ...rest } = SETTINGS[model];
    const plan = { model, epochs: flags.epochs ?? own, ...rest, images };
    const lines: Record<typeof SIDES[number], Line[]> = { Tome: [], PyTorch: [] };
    for (let seed = 1; seed <= flags.seeds; seed++) {
      for (const side of SIDES.slice(0, python ? 2 : 1)) {
        const settings = { side, seed, ...plan };
        const known = (await readRuns()).get(keyOf(settings));
        const line = known ?? { ...await trainOnce(settings, python), ...settings };
        if (!known) await Deno.writeTextFile(file, JSON.stringify(line) + "\n", { append: true });
        lines[side].push(line);
        console.error(`${side}, ${model}, seed ${seed}: ${share(line)} %`);
      }
    }
    const labels = await heldLabels();
    const cells = SIDES.map((side) => {
      for (const { accuracy: said, predictions } of lines[side]) {
        if (Math.abs(accuracy(predictions, labels) - said) < 1e-6) continue;
        throw new Error(`Cannot compare ${model} as ${side} was measured on other digits`);
      }
      if (lines[side].length === 0) return "not run";
      const all = lines[side].map(share).join(", ");
      return `${(100 * mean(lines[side].map((line) => line.accuracy))).toFixed(2)} (${all})`;
    });
    const hits = SIDES.map((side) =>
      lines[side].map(({ predictions }) => predictions.map((p, i) => Number(p === labels[i])))
    );
    rows.push([
      model,
      lines.Tome[0]!.parameters.toLocaleString("en-US"),
      `${plan.epochs}, ${plan.batch}, ${plan.lr}`,
      ...cells,
      python ? difference(hits[0]!, hits[1]!) : "",
    ]);
  }
  console.log(grid(rows));
  if (!flags.json) return;
  const [head, ...body] = rows as [string[], ...string[][]];
  const named = body.map((row) => Object.fromEntries(row.map((cell, i) => [head[i], cell])));
  console.log(JSON.stringify(named));
});
