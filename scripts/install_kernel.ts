/**
 * Installs Tome's kernel for Jupyter: Deno's own, with a name, a logo, plain texts and a larger heap.
 *
 *     deno run -A scripts/install_kernel.ts                       # for this user
 *     deno run -A scripts/install_kernel.ts --prefix=.venv        # in a Python environment
 *     deno run -A scripts/install_kernel.ts --dry-run             # says what it would write
 *     deno run -A scripts/install_kernel.ts --remove              # takes it away again
 *
 * The kernel that `deno jupyter --install` installs works too: the library makes either trustworthy when it is imported.
 *
 * Least permissions: --allow-read --allow-write --allow-env.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { installKernel, kernelFiles, kernelFolder, removeKernel } from "@tome/tome/display";
import { readFlags, refuse, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  user: { type: "boolean", help: "install for this user, which is also what happens without" },
  prefix: {
    type: "string",
    help: "install under this folder instead, such as a Python environment",
  },
  name: { type: "string", default: "tome", help: "the kernel's name, which notebooks keep" },
  "display-name": { type: "string", default: "Tome (Deno)", help: "what Jupyter shows" },
  heap: { type: "integer", default: 8192, min: 256, help: "the most memory of JavaScript, in MB" },
  remove: { type: "boolean", help: "remove the kernel instead" },
  "dry-run": { type: "boolean", help: "only say what would be done" },
});
if (flags.user && flags.prefix) refuse(import.meta.url, "--user and --prefix exclude each other");

await run(async () => {
  const options = {
    ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }),
    name: flags.name,
    displayName: flags["display-name"],
    heap: flags.heap,
  };
  if (flags["dry-run"]) {
    if (flags.remove) return console.log(`would remove ${kernelFolder(options)}`);
    for (const { path, data } of kernelFiles(options)) {
      console.log(`would write ${path} (${data.length} bytes)`);
      if (path.endsWith(".json")) console.log(new TextDecoder().decode(data).trimEnd());
    }
  } else if (flags.remove) {
    const folder = await removeKernel(options);
    console.log(folder ? `removed ${folder}` : `there is no ${kernelFolder(options)}`);
  } else {
    console.log(`installed ${options.displayName} in ${await installKernel(options)}`);
  }
});
