/**
 * Opens the notebooks in JupyterLab with Tome's kernel. A JupyterLab on the path is used, else one is installed from PyPI
 * into `.cache/lab`, which belongs to the project alone.
 *
 *     deno task lab
 *     deno run -A scripts/lab.ts --port=8890 --no-browser
 *     deno run -A scripts/lab.ts --check                        # installs what is missing, and opens nothing
 *
 * Least permissions: --allow-read --allow-write --allow-env --allow-run.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { installKernel } from "@tome/tome/display";
import { readFlags, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  port: { type: "integer", default: 8888, min: 1, max: 65535, help: "where the server listens" },
  host: { type: "string", default: "127.0.0.1", help: "the address it listens on" },
  "no-browser": { type: "boolean", help: "only print the address" },
  private: { type: "boolean", help: "use the project's own JupyterLab, even if there is another" },
  check: { type: "boolean", help: "install what is missing and print its version, no more" },
});

const ROOT = Deno.realPathSync(`${import.meta.dirname}/..`);
const HOME = `${ROOT}/.cache/lab`;
const BIN = Deno.build.os === "windows" ? `${HOME}/Scripts` : `${HOME}/bin`;

/** The version of a JupyterLab from 4 on, or nothing. */
async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: ["--version"],
      stderr: "null",
    }).output();
    const version = new TextDecoder().decode(stdout).trim();
    return success && Number.parseInt(version) >= 4 ? version : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Runs a program whose output the user sees. */
async function mustRun(command: string, args: string[], hint: string): Promise<void> {
  try {
    const { success } = await new Deno.Command(command, { args, stdin: "null" }).spawn().status;
    if (success) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new Error(`Cannot install JupyterLab as "${command} ${args.join(" ")}" fails; ${hint}`);
}

/** Finds a JupyterLab, or installs one. */
async function findLab(): Promise<{ command: string; version: string }> {
  for (
    const command of flags.private ? [`${BIN}/jupyter-lab`] : ["jupyter-lab", `${BIN}/jupyter-lab`]
  ) {
    const version = await versionOf(command);
    if (version) return { command, version };
  }
  console.log(`JupyterLab: installing it from PyPI into ${HOME}, once`);
  const python = Deno.build.os === "windows" ? "python" : "python3";
  await mustRun(
    python,
    ["-m", "venv", HOME],
    "install Python 3 with its module venv (on Debian: apt-get install python3-venv)",
  );
  await mustRun(
    `${BIN}/python`,
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "jupyterlab>=4,<5"],
    "check the network and start again",
  );
  const version = await versionOf(`${BIN}/jupyter-lab`);
  if (!version) {
    throw new Error(`Cannot use JupyterLab as it does not start: see ${BIN}/jupyter-lab`);
  }
  return { command: `${BIN}/jupyter-lab`, version };
}

await run(async () => {
  const { command, version } = await findLab();
  const folder = await installKernel({ prefix: HOME });
  console.log(`JupyterLab ${version} (${command})\nkernel in ${folder}`);
  if (flags.check) return;
  const paths = [`${HOME}/share/jupyter`, Deno.env.get("JUPYTER_PATH")].filter(Boolean);
  const args = [
    `--ServerApp.root_dir=${ROOT}`,
    "--LabApp.default_url=/lab/tree/notebooks",
    "--MultiKernelManager.default_kernel_name=tome",
    `--port=${flags.port}`,
    `--ip=${flags.host}`,
    ...(flags["no-browser"] ? ["--no-browser"] : []),
    ...(Deno.build.os !== "windows" && Deno.uid() === 0 ? ["--allow-root"] : []),
  ];
  const env: Record<string, string> = {
    JUPYTER_PATH: paths.join(Deno.build.os === "windows" ? ";" : ":"),
  };
  if (Deno.build.os === "linux" && !Deno.env.get("XDG_RUNTIME_DIR")) {
    env.XDG_RUNTIME_DIR = Deno.env.get("TMPDIR") ?? "/tmp"; // drivers of GPUs want one
  }
  const server = new Deno.Command(command, { args, env }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    if (Deno.build.os === "windows" && signal === "SIGTERM") continue;
    // Ctrl-C reaches the server by itself, which asks before it ends
    Deno.addSignalListener(signal, () => {
      if (signal === "SIGTERM") server.kill("SIGTERM");
    });
  }
  Deno.exit((await server.status).code);
});
