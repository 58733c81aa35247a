import assert from "node:assert/strict";
import { installKernel, kernelFolder, kernelSpec, removeKernel } from "@tome/tome/display";
import { decode } from "fast-png";
import { runScript } from "../../scripts/_run.ts";

/** Runs a test in a folder of its own. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("installKernel() writes a specification that Jupyter reads, and removeKernel() takes it away", async () => {
  await inFolder(async (prefix) => {
    const folder = await installKernel({ prefix, heap: 4096, deno: "/bin/deno" });
    assert.equal(folder, `${prefix}/share/jupyter/kernels/tome`);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/kernel.json`)), {
      argv: ["/bin/deno", "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Tome (Deno)",
      language: "typescript",
      env: { NO_COLOR: "1", DENO_V8_FLAGS: "--max-old-space-size=4096,--expose-gc" },
      interrupt_mode: "signal",
      metadata: { debugger: false },
    });
    for (const size of [32, 64]) {
      const logo = decode(await Deno.readFile(`${folder}/logo-${size}x${size}.png`));
      assert.deepEqual([logo.width, logo.height, logo.channels], [size, size, 4]);
      assert.equal(logo.data[3], 0); // a clear corner
      const middle = 4 * (size * size / 2 + size / 2);
      assert.ok(logo.data[middle + 3]! > 0);
    }
    assert.match(await Deno.readTextFile(`${folder}/logo-svg.svg`), /^<svg [^]*<\/svg>\n$/);
    assert.equal(await removeKernel({ prefix }), folder);
    assert.equal(await removeKernel({ prefix }), undefined);
  });
});

Deno.test("kernelSpec() and kernelFolder() refuse what Jupyter or V8 cannot use", () => {
  assert.throws(() => kernelSpec({ heap: 12 }), /heap must be .* from 256 on: current heap is 12/);
  for (const name of ["", "../up", "A b", ".."]) {
    assert.throws(() => kernelFolder({ prefix: "/p", name }), RangeError, name);
  }
  assert.match(kernelFolder(), /[jJ]upyter.kernels.tome$/);
});

Deno.test("install_kernel.ts installs, tells, removes and refuses", async () => {
  await inFolder(async (prefix) => {
    const flag = `--prefix=${prefix}`;
    const folder = `${prefix}/share/jupyter/kernels/tome`;
    const dry = await runScript("install_kernel", [flag, "--dry-run"]);
    assert.match(dry.stdout, /would write .*kernel\.json \(\d+ bytes\)\n\{/);
    assert.deepEqual([...Deno.readDirSync(prefix)], []);
    const made = await runScript("install_kernel", [flag, "--heap=1024"]);
    assert.equal(made.stdout, `installed Tome (Deno) in ${folder}\n`);
    const gone = await runScript("install_kernel", [flag, "--remove"]);
    assert.equal(gone.stdout, `removed ${folder}\n`);
    const both = await runScript("install_kernel", [flag, "--user"]);
    assert.deepEqual([both.code, both.stdout], [2, ""]);
    assert.match(both.stderr, /--user and --prefix exclude each other/);
  });
});
