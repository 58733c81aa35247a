/**
 * Checks what Tome needs on this machine, and installs what is missing: npm packages, and on Debian or Ubuntu as root
 * a fast BLAS and, for the tests, a software WebGPU adapter.
 *
 *     deno run -A scripts/dev/setup.ts            # what the library needs
 *     deno run -A scripts/dev/setup.ts --tests    # and what the tests need
 *     TOME_NO_INSTALL=1 deno run -A …             # nothing: skips the whole step
 *
 * Nothing here is required but the npm packages: each thing that cannot be had costs one line, and speed or a device.
 *
 * @module
 */
import { type Machine, thisMachine } from "./machine.ts";

/** What {@link setUp} looks after. */
export interface SetUpOptions {
  /** Whether to look after what only the tests need: a WebGPU adapter. @default {false} */
  tests?: boolean;
  /** The machine. @default {thisMachine} */
  machine?: Machine;
}

/** Libraries that multiply matrices fast, by the names that the system's loader knows. */
const BLAS = [
  "libopenblas.so.0",
  "libopenblas.so",
  "libmkl_rt.so.2",
  "libmkl_rt.so",
  "libblis.so.4",
];

/** Checks and installs; prints a line for each thing, and never throws. */
export async function setUp(options: SetUpOptions = {}): Promise<void> {
  const { tests = false, machine = thisMachine } = options;
  if (machine.env("TOME_NO_INSTALL")) {
    machine.say("Set-up: skipped, as TOME_NO_INSTALL is set");
    return;
  }
  machine.say(
    "Set-up: checks what is needed and installs what is missing (TOME_NO_INSTALL=1 skips this)",
  );
  const apt = new Apt(machine);
  for (const part of [packages, blas, ...(tests ? [adapter] : [])]) {
    try {
      await part(machine, apt, tests);
    } catch (error) {
      machine.say(`  ${part.name}: left as it is, ${lastLine(String(error))}`);
    }
  }
}

async function packages(machine: Machine, _apt: Apt, tests: boolean): Promise<void> {
  const config = JSON.parse(machine.read(here("deno.json")) ?? "{}") as {
    exports?: Record<string, string>;
  };
  const entries = Object.values(config.exports ?? {}).filter((e) =>
    machine.read(here(e)) !== undefined
  );
  const args = ["install", "--quiet", "--entrypoint", ...entries];
  if (tests) args.push("scripts/_std/parse_args.ts");
  const start = performance.now();
  const waiting = setInterval(() => {
    machine.say(`  npm packages: fetching, ${((performance.now() - start) / 1e3).toFixed(0)} s`);
  }, 10_000);
  const { success, output } = await machine.run(Deno.execPath(), args)
    .finally(() => clearInterval(waiting));
  machine.say(
    success
      ? `  npm packages: there (${((performance.now() - start) / 1e3).toFixed(1)} s)`
      : `  npm packages: not all could be fetched, ${
        lastLine(output)
      }; check the network and start again`,
  );
}

async function blas(machine: Machine, apt: Apt): Promise<void> {
  if (machine.os === "darwin") return machine.say("  BLAS: there (Accelerate)");
  const find = () => BLAS.find((name) => machine.loads(name, "cblas_sgemm"));
  const found = find();
  if (found) return machine.say(`  BLAS: there (${found})`);
  const without = "without it, matrix products run in WebAssembly, several times slower";
  const problem = await apt.install("an OpenBLAS", ["libopenblas0-pthread"]);
  if (problem) return machine.say(`  BLAS: none, ${problem}; ${without}`);
  const now = find();
  machine.say(
    now ? `  BLAS: installed (${now})` : `  BLAS: installed, but it does not load; ${without}`,
  );
}

async function adapter(machine: Machine, apt: Apt): Promise<void> {
  const found = await machine.adapter();
  if (found) return machine.say(`  WebGPU adapter: there (${found})`);
  const without = "without it, the tests run on the CPU devices only";
  const problem = await apt.install(
    "a software Vulkan driver",
    ["mesa-vulkan-drivers"],
    await apt.backports(),
  );
  if (problem) return machine.say(`  WebGPU adapter: none, ${problem}; ${without}`);
  const now = await machine.adapter();
  machine.say(
    now
      ? `  WebGPU adapter: installed (${now})`
      : `  WebGPU adapter: a driver was installed, but no adapter answers; ${without}`,
  );
}

/** The package manager of Debian and Ubuntu. */
class Apt {
  #updated = false;
  constructor(readonly machine: Machine) {}

  /** @returns Why it was not installed, with what to do; nothing if it was. */
  async install(what: string, names: string[], release?: string): Promise<string | undefined> {
    const command = `apt-get install ${names.join(" ")}`;
    if (this.machine.os !== "linux" || !this.#release("ID")) {
      return `install ${what} by hand`;
    }
    if (!/\b(debian|ubuntu)\b/.test(`${this.#release("ID")} ${this.#release("ID_LIKE")}`)) {
      return `install ${what} with your package manager`;
    }
    if (!this.machine.root) return `as only root may install it; to have it: sudo ${command}`;
    this.machine.say(`  installing ${what}: ${command}${release ? ` (from ${release})` : ""}`);
    const problem = await this.#update();
    if (problem) return problem;
    const args = ["install", "-y", "--no-install-recommends"];
    if (release) {
      const { success } = await this.machine.run("apt-get", [...args, "-t", release, ...names]);
      if (success) return;
      this.machine.say(`  ${release} does not have it; taking the one of the release itself`);
    }
    const { success, output } = await this.machine.run("apt-get", [...args, ...names]);
    if (!success) return `as apt-get fails: ${lastLine(output)}; to see why: ${command}`;
  }

  /** The name of the release's backports where they are wanted: Debian 12's own Mesa is too old for WebGPU. */
  async backports(): Promise<string | undefined> {
    const name = this.#release("VERSION_CODENAME");
    if (this.#release("ID") !== "debian" || name !== "bookworm" || !this.machine.root) return;
    const release = `${name}-backports`;
    const { output } = await this.machine.run("apt-cache", ["policy"]);
    if (output.includes(`${release}/main`)) return release;
    if (await this.#update()) return; // install() says so
    const listed = (await this.machine.run("apt-cache", ["policy"])).output;
    const mirror = listed.match(/(\S+:\/\/\S+) bookworm\/main/)?.[1] ??
      "http://deb.debian.org/debian";
    this.machine.write(
      "/etc/apt/sources.list.d/tome-backports.list",
      `deb ${mirror} ${release} main\n`,
    );
    this.machine.say(`  ${release}: added to the sources of apt, in tome-backports.list`);
    this.#updated = false;
    return release;
  }

  async #update(): Promise<string | undefined> {
    if (this.#updated) return;
    const { success, output } = await this.machine.run("apt-get", ["update"]);
    if (!success) return `as apt-get update fails: ${lastLine(output)}; check the network`;
    this.#updated = true;
  }

  #release(key: string): string {
    const text = this.machine.read("/etc/os-release") ?? "";
    return text.match(new RegExp(`^${key}="?([^"\n]*)"?$`, "m"))?.[1] ?? "";
  }
}

function here(path: string): string {
  return `${import.meta.dirname}/../../${path}`;
}

function lastLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.findLast((line) => /^(E:|error)/i.test(line)) ?? lines.at(-1) ?? "without a word";
}

if (import.meta.main) await setUp({ tests: Deno.args.includes("--tests") });
