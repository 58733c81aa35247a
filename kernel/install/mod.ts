import { logoPng, logoSvg } from "./logo.ts";

/** How {@link installKernel} installs. */
export interface InstallOptions {
  /** The folder that Jupyter looks into, such as a Python environment; without, the user's own. */
  prefix?: string;
  /** The name of the kernel, which notebooks keep. @default {"tome"} */
  name?: string;
  /** What Jupyter shows. @default {"Tome (Deno)"} */
  displayName?: string;
  /** The most memory that JavaScript may take, in MB. @default {8192} */
  heap?: number;
  /** The Deno to run. @default {the one that runs this} */
  deno?: string;
}

/** A file of a kernel's specification. */
export interface KernelFile {
  /** Its path. */
  path: string;
  /** What it holds. */
  data: Uint8Array;
}

/** A kernel's specification, as Jupyter reads it from `kernel.json`. */
export interface KernelSpec {
  /** The command, with a place for the connection file. */
  argv: string[];
  /** What Jupyter shows. */
  display_name: string;
  /** The language. */
  language: string;
  /** Variables of the environment. */
  env: Record<string, string>;
  /** How the Stop button tells the kernel. */
  interrupt_mode: "signal";
  /** What else is known. */
  metadata: Record<string, unknown>;
}

/**
 * The specification of our kernel: Deno's own, without colours in its texts, with room for large arrays and a collector of
 * garbage that can be called.
 *
 * @throws {RangeError} If the heap's size is not a whole number from 256 on.
 */
export function kernelSpec(options: InstallOptions = {}): KernelSpec {
  const { displayName = "Tome (Deno)", heap = 8192, deno = Deno.execPath() } = options;
  if (!Number.isSafeInteger(heap) || heap < 256) {
    throw new RangeError(
      `Cannot install the kernel as heap must be a whole number of MB from 256 on: current heap is ${heap}`,
    );
  }
  return {
    argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: displayName,
    language: "typescript",
    env: { NO_COLOR: "1", DENO_V8_FLAGS: `--max-old-space-size=${heap},--expose-gc` },
    interrupt_mode: "signal",
    metadata: { debugger: false },
  };
}

/**
 * The folder of a kernel's specification.
 *
 * @throws {RangeError} If the name is not one that Jupyter takes.
 */
export function kernelFolder({ prefix, name = "tome" }: InstallOptions = {}): string {
  if (!/^[a-z0-9._-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new RangeError(
      `Cannot install the kernel as its name must be of lower-case letters, digits and ._-: current name is ${
        JSON.stringify(name)
      }`,
    );
  }
  return `${prefix === undefined ? userFolder() : `${prefix}/share/jupyter`}/kernels/${name}`;
}

/** The files of the specification: `kernel.json` and the logo in three sizes. */
export function kernelFiles(options: InstallOptions = {}): KernelFile[] {
  const folder = kernelFolder(options);
  const text = (value: string) => new TextEncoder().encode(value);
  return [
    {
      path: `${folder}/kernel.json`,
      data: text(JSON.stringify(kernelSpec(options), null, 2) + "\n"),
    },
    { path: `${folder}/logo-32x32.png`, data: logoPng(32) },
    { path: `${folder}/logo-64x64.png`, data: logoPng(64) },
    { path: `${folder}/logo-svg.svg`, data: text(logoSvg()) },
  ];
}

/**
 * Installs our kernel for Jupyter; one of the same name is replaced.
 *
 * @returns Its folder.
 */
export async function installKernel(options: InstallOptions = {}): Promise<string> {
  const folder = kernelFolder(options);
  const files = kernelFiles(options);
  await Deno.mkdir(folder, { recursive: true });
  for (const { path, data } of files) {
    const part = `${path}.part`;
    await Deno.writeFile(part, data);
    await Deno.rename(part, path);
  }
  return folder;
}

/**
 * Removes our kernel.
 *
 * @returns Its folder, or `undefined` if there was none.
 */
export async function removeKernel(options: InstallOptions = {}): Promise<string | undefined> {
  const folder = kernelFolder(options);
  try {
    await Deno.remove(folder, { recursive: true });
    return folder;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The folder where Jupyter looks for what belongs to the user. */
function userFolder(): string {
  const given = Deno.env.get("JUPYTER_DATA_DIR");
  if (given) return given;
  if (Deno.build.os === "windows") return `${Deno.env.get("APPDATA")}\\jupyter`;
  const home = Deno.env.get("HOME");
  if (Deno.build.os === "darwin") return `${home}/Library/Jupyter`;
  return `${Deno.env.get("XDG_DATA_HOME") || `${home}/.local/share`}/jupyter`;
}
