/**
 * Finds a Python that has some packages: the one that `TOME_PYTHON` names, or `python3`.
 *
 * @param packages The packages, by the names they are imported by.
 * @returns The command, or `undefined` if no Python has them all.
 */
export async function findPython(...packages: string[]): Promise<string | undefined> {
  for (const command of [Deno.env.get("TOME_PYTHON"), "python3"]) {
    if (!command) continue;
    try {
      const { success } = await new Deno.Command(command, {
        args: ["-c", `import ${packages.join(", ")}`],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return command;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Runs a Python program that prints JSON, and reads it. */
export async function runPython(
  command: string,
  program: string,
  args: string[],
): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: ["-c", program, ...args],
  }).output();
  if (!success) throw new Error(`The Python program failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
