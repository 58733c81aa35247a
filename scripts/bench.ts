/**
 * Does the same work in Tome, in stock TensorFlow.js, in jax-js, in transformers.js and in PyTorch, and prints who needs what.
 *
 *     deno run -A scripts/bench.ts
 *     deno run -A scripts/bench.ts gpt-step nanogpt --rounds=9
 *     deno run -A scripts/bench.ts --report=runs/bench --scaling
 *     TOME_PYTHON=venv/bin/python deno run -A scripts/bench.ts
 *
 * Rows: matmul, gpt-step, nanogpt, attention, generation, mnist; all without a name. Each contender is a process of its
 * own; they do their rounds in turns, and the median counts. The product of matrices always runs first, as what a
 * device can do at most. What a machine lacks is named and left out.
 *
 * JavaScript time is the time in which a process neither waits for the GPU nor is inside queue.submit, where a software
 * adapter computes. GPU time is what the GPU's own clock says of its passes, where the adapter has one. Bytes are those
 * of GPU buffers at most, on the CPU resident bytes above those before the set-up.
 *
 * Least permissions: --allow-read --allow-env --allow-sys --allow-run --allow-write (for files).
 * The processes that it starts have all permissions.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { type HarnessOptions, runRow } from "./bench/harness.ts";
import { findPython, thisMachine } from "./bench/machine.ts";
import { modelFiles, type Sizes } from "./bench/model_files.ts";
import { reportOf } from "./bench/report.ts";
import { rowOf, ROWS } from "./bench/rows.ts";
import { type Curve, scale } from "./bench/scaling.ts";
import { grid, limitsOf, markdown, type Measured, short } from "./bench/table.ts";
import { readFlags, refuse, run } from "./_flags.ts";

const words = Deno.args.filter((arg) => !arg.startsWith("-"));
const flags = readFlags(import.meta.url, {
  rounds: { type: "integer", default: 5, min: 1, help: "rounds after the warm-up" },
  json: { type: "string", help: "a file for everything that was measured" },
  report: { type: "string", help: "a folder for bench.md, bench.html and bench.json" },
  scaling: { type: "boolean", help: "also how Tome's step grows with its sizes" },
  tiny: { type: "boolean", help: "sizes that only show that everything runs" },
}, Deno.args.filter((arg) => arg.startsWith("-")));

const stranger = words.find((word) => !ROWS.includes(word as typeof ROWS[number]));
if (stranger !== undefined) {
  refuse(import.meta.url, `there is no row "${stranger}": the rows are ${ROWS.join(", ")}`);
}

await run(async () => {
  const { rounds, tiny } = flags;
  const machine = await thisMachine();
  const python = await findPython(["torch"]);
  const say = (line: string) => console.error(line);
  const options: HarnessOptions = {
    rounds,
    adapter: machine.adapter !== undefined,
    say,
    ...(python ? { python } : {}),
  };
  const measured: Measured[] = [];
  for (const name of ROWS) {
    if (name !== "matmul" && words.length > 0 && !words.includes(name)) continue;
    const row = rowOf(name, tiny);
    if (name === "generation" || name === "quantized") {
      const files = await modelFiles(row.settings as unknown as Sizes, say);
      if (files) Object.assign(row.settings, files);
      else row.contenders = row.contenders.filter(({ needs }) => needs !== "python");
    }
    measured.push({ row, results: await runRow(row, options) });
  }
  const limits = limitsOf(measured[0]!);
  const small = { ...options, rounds: tiny ? 1 : 3, adapter: options.adapter && !tiny };
  const curves: Curve[] = flags.scaling ? await scale(tiny, small) : [];
  const text = markdown(machine, rounds, measured, limits) + curves.map(tableOfCurve).join("");
  console.log(text);

  const json = JSON.stringify({ machine, rounds, limits, measured, curves }, null, 2);
  if (flags.json) await Deno.writeTextFile(flags.json, json);
  if (flags.report) {
    await Deno.mkdir(flags.report, { recursive: true });
    const html = await reportOf(machine, rounds, measured, limits, curves);
    await Deno.writeTextFile(`${flags.report}/bench.md`, text);
    await Deno.writeTextFile(`${flags.report}/bench.json`, json);
    await Deno.writeTextFile(`${flags.report}/bench.html`, html);
    say(`written: ${flags.report}/bench.html, bench.md and bench.json`);
  }
});

function tableOfCurve({ name, unit, points }: Curve): string {
  const rows = points.map(({ device, size, wallMillis, peakBytes }) => [
    device,
    String(size),
    short(wallMillis),
    short(peakBytes / 1e6),
  ]);
  return `\n### Tome's step by ${name}\n\n${
    grid([["device", unit, "ms a step", "peak MB"], ...rows])
  }\n`;
}
