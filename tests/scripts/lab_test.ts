import assert from "node:assert/strict";
import { assertFails, runScript } from "./_run.ts";

Deno.test("lab.ts uses a JupyterLab from 4 on that is on the path, and installs the kernel for it", async () => {
  if (Deno.build.os === "windows") return; // a program there is no text file
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/jupyter-lab`;
    await Deno.writeTextFile(program, "#!/bin/sh\necho 4.9.9\n", { mode: 0o755 });
    const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
    const { code, stdout, stderr } = await runScript("lab", ["--check"], { env });
    assert.deepEqual([code, stderr], [0, ""]);
    const [lab, kernel] = stdout.split("\n");
    assert.equal(lab, "JupyterLab 4.9.9 (jupyter-lab)");
    const spec = kernel!.replace("kernel in ", "");
    assert.ok((await Deno.stat(`${spec}/kernel.json`)).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("lab.ts and install_kernel.ts explain themselves and refuse wrong flags", async () => {
  for (const [name, flag] of [["lab", "port"], ["install_kernel", "prefix"]] as const) {
    const { code, stdout } = await runScript(name, ["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`scripts/${name}\\.ts`));
    assert.match(stdout, new RegExp(`^  --${flag}=`, "m"));
    await assertFails(name, [`--x${flag}=1`], {
      code: 2,
      message: new RegExp(
        `^Cannot run ${name}\\.ts as there is no flag --x${flag}; did you mean --${flag}`,
      ),
    });
  }
});
