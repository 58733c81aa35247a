import { installKernel } from "@tome/tome/display";
import { findPython } from "./python.ts";

const ROOT = Deno.realPathSync(`${import.meta.dirname}/../..`);

/** A JupyterLab that runs on a folder of its own. */
export interface Lab {
  /** The address of a file in it, opened. */
  address(path: string): string;
  /** The folder that it shows. */
  folder: string;
  /** Ends the kernels of all notebooks, which outlive their pages. */
  endKernels(): Promise<void>;
  /** What the server wrote so far. */
  log(): string;
  /** Ends the server with its kernels, and removes what it wrote. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The Python that has JupyterLab, or `undefined`. */
export function findLab(): Promise<string | undefined> {
  return findPython("jupyterlab");
}

/**
 * Starts JupyterLab as on its first day: nothing is trusted, and there is our kernel only.
 *
 * @param python A Python that has it.
 * @param files What the folder holds: paths there, and files of the project or texts.
 */
export async function startLab(
  python: string,
  files: Readonly<Record<string, URL | string>>,
): Promise<Lab> {
  const home = await Deno.realPath(await Deno.makeTempDir({ prefix: "tome-lab-" }));
  const folder = `${home}/project`;
  await Deno.mkdir(`${home}/settings/@jupyterlab/apputils-extension`, { recursive: true });
  await Deno.writeTextFile( // nothing is asked of the network
    `${home}/settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings`,
    JSON.stringify({ fetchNews: "false", checkForUpdates: false }),
  );
  await writeProject(folder);
  for (const [path, source] of Object.entries(files)) {
    await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await (typeof source === "string"
      ? Deno.writeTextFile(`${folder}/${path}`, source)
      : Deno.copyFile(source, `${folder}/${path}`));
  }
  await installKernel({ prefix: `${home}/prefix` });
  const token = crypto.randomUUID();
  const server = new Deno.Command(python, {
    args: [
      ..."-m jupyterlab --no-browser --allow-root --ip=127.0.0.1 --port=0".split(" "),
      `--ServerApp.root_dir=${folder}`,
      "--MultiKernelManager.default_kernel_name=tome",
      "--KernelSpecManager.ensure_native_kernel=False", // which would offer Python's
      `--IdentityProvider.token=${token}`,
      `--LabApp.user_settings_dir=${home}/settings`,
      `--LabApp.workspaces_dir=${home}/workspaces`,
    ],
    env: {
      JUPYTER_CONFIG_DIR: `${home}/config`,
      JUPYTER_DATA_DIR: `${home}/data`,
      JUPYTER_RUNTIME_DIR: `${home}/runtime`,
      JUPYTER_PATH: `${home}/prefix/share/jupyter`,
      XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? home,
      PYTHONUNBUFFERED: "1",
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let log = "";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const text of server.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/lab\?token/.exec(log) ?? [];
      if (origin) resolve(origin);
    }
    reject(new Error(`JupyterLab ended before it listened:\n${log}`));
  })();
  const end = async () => {
    try {
      server.kill("SIGTERM"); // which ends the kernels too
    } catch {
      // it has ended by itself
    }
    const late = setTimeout(() => server.kill("SIGKILL"), 15_000);
    await server.status;
    clearTimeout(late);
    await reading;
    await Deno.remove(home, { recursive: true });
  };
  try {
    const origin = await promise;
    return {
      address: (path) => `${origin}/lab/tree/${path}?token=${token}&reset`,
      async endKernels() {
        const headers = { authorization: `token ${token}` };
        const sessions = await (await fetch(`${origin}/api/sessions`, { headers })).json();
        for (const { id } of sessions as { id: string }[]) {
          const options = { method: "DELETE", headers };
          await (await fetch(`${origin}/api/sessions/${id}`, options)).body?.cancel();
        }
      },
      folder,
      log: () => log,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Writes a `deno.json` by which notebooks outside the checkout find its library and its packages. */
async function writeProject(folder: string): Promise<void> {
  const { name, exports, imports } = JSON.parse(
    await Deno.readTextFile(`${ROOT}/deno.json`),
  ) as { name: string; exports: Record<string, string>; imports: Record<string, string> };
  const here = (path: string) => path.startsWith("./") ? `file://${ROOT}${path.slice(1)}` : path;
  const own = Object.entries(exports).map(([key, path]) => [name + key.slice(1), here(path)]);
  const others = Object.entries(imports).map(([key, path]) => [key, here(path)]);
  await Deno.mkdir(folder);
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ nodeModulesDir: "none", imports: Object.fromEntries([...own, ...others]) }),
  );
}
