// deno-lint-ignore-file no-console
/**
 * Sets up the machine and runs the tests, on every device that answers.
 *
 *     deno run -A scripts/dev/test.ts                     # all of tests/
 *     deno run -A scripts/dev/test.ts tests/lib/ops       # some of them; further flags go to `deno test`
 *     deno run -A scripts/dev/test.ts --doc               # the examples in the doc comments
 *
 * `TOME_DEVICES=cpu,wasm` names the devices, `TOME_REQUIRE_WEBGPU=1` makes a missing adapter an error,
 * `DENO_JOBS=1` is the number of test files that run at once, and `TOME_NO_INSTALL=1` skips the set-up.
 * The last line is the count, such as `123 passed, 0 failed`.
 *
 * @module
 */
import { environment, thisMachine } from "./machine.ts";
import { setUp } from "./setup.ts";

/** How many tests passed and failed. */
export interface Tally {
  /** Tests that passed. */
  passed: number;
  /** Tests that failed, and one more if the run broke off before its end. */
  failed: number;
}

/** Text without colours. */
// deno-lint-ignore no-control-regex
const plain = (text: string) => text.replace(/\x1b\[[0-9;]*m/g, "");

/** The count at the end of what `deno test` printed, if it got there. */
function summaryOf(output: string): Tally | undefined {
  const lines = plain(output).matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm);
  const [, passed, failed] = [...lines].at(-1) ?? [];
  return passed && failed ? { passed: Number(passed), failed: Number(failed) } : undefined;
}

/** Counts the tests in what `deno test` printed: by its summary, or line by line if there is none. */
export function tally(output: string): Tally {
  const summary = summaryOf(output);
  if (summary) return summary;
  const count = (result: string) => plain(output).split(` ... ${result} (`).length - 1;
  return { passed: count("ok"), failed: count("FAILED") + 1 };
}

/**
 * What to exit with after a run. With WebGPU on a software driver Deno is aborted in about 3 of 100 runs while it takes down test files that
 * asked for an adapter, three empty ones with nothing of this project included: the tests have ended by then, and their count stands.
 */
export function exitCode(
  run: Tally & { code: number; signal: string | null; whole: boolean },
): number {
  const aborted = run.signal === "SIGABRT" || run.signal === "SIGSEGV";
  return aborted && run.whole && run.failed === 0 && run.passed > 0 ? 0 : run.code;
}

/** The files that take longest begin first, so that no core waits for them at the end. */
const LONGEST = [
  ...["001_demand", "003_challenges", "002_introduction", "004_investment", "000_future"]
    .map((folder) => `tests/notebooks/${folder}_test.ts`),
  "tests/lab_browser_test.ts",
];

/** The arguments of `deno test` for those of this script. */
export function testArguments(args: string[]): string[] {
  if (args.includes("--doc")) {
    const rest = args.filter((arg) => arg !== "--doc");
    return ["test", "-A", "--doc", ...rest, ...(named(rest) ? [] : ["lib/", "kernel/", "mod.ts"])];
  }
  return ["test", "-A", "--parallel", ...args, ...(named(args) ? [] : [...LONGEST, "tests/"])];
}

function named(args: string[]): boolean {
  return args.some((arg) => !arg.startsWith("-"));
}

/** Runs `deno test`, shows what it prints, and counts. */
async function run(
  args: string[],
  env: Record<string, string>,
): Promise<Parameters<typeof exitCode>[0]> {
  const child = new Deno.Command(Deno.execPath(), { args, env, stdout: "piped", stderr: "piped" })
    .spawn();
  let output = "";
  const show = async (from: ReadableStream<Uint8Array>, to: typeof Deno.stdout) => {
    const decoder = new TextDecoder();
    for await (const bytes of from) {
      output += decoder.decode(bytes, { stream: true });
      for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    }
  };
  await Promise.all([show(child.stdout, Deno.stdout), show(child.stderr, Deno.stderr)]);
  const { code, signal } = await child.status;
  return { ...tally(output), code, signal, whole: summaryOf(output) !== undefined };
}

/** The adapter's absence in one line, or nothing if the tests run on it. */
async function withoutWebGPU(): Promise<string | undefined> {
  const devices = thisMachine.env("TOME_DEVICES");
  if (devices) {
    if (devices.split(",").includes("webgpu")) return;
    return `WebGPU tests: not run, TOME_DEVICES is ${devices}`;
  }
  if (await thisMachine.adapter()) return;
  return "WebGPU tests: not run, no adapter answers (a GPU driver with Vulkan, Metal or DirectX 12 is needed)";
}

if (import.meta.main) {
  const doc = Deno.args.includes("--doc");
  await setUp({ tests: !doc });
  const missing = doc ? undefined : await withoutWebGPU();
  if (missing) console.log(missing);
  if (missing && thisMachine.env("TOME_REQUIRE_WEBGPU")) {
    console.log("Cannot run the tests without WebGPU as TOME_REQUIRE_WEBGPU is set");
    Deno.exit(1);
  }
  const env = environment(thisMachine, {
    DENO_JOBS: thisMachine.env("DENO_JOBS") ?? "2",
    // a BLAS with a thread for each core would have its threads wait for those of the other file
    OPENBLAS_NUM_THREADS: thisMachine.env("OPENBLAS_NUM_THREADS") ?? "1",
  });
  const ended = await run(testArguments(Deno.args), env);
  const code = exitCode(ended);
  if (code !== ended.code) console.log(`Deno was ended by ${ended.signal} after the last test`);
  console.log(`${ended.passed} passed, ${ended.failed} failed`);
  Deno.exit(code);
}
