/**
 * How a script does in PyTorch what it did itself.
 *
 * @module
 */

/**
 * Runs a script of `scripts/bench/python` on a folder that holds the first weights, the settings and the batches.
 *
 * @param python The Python to run.
 * @param script The name of the script.
 * @param folder The folder; its `run.json` is written here.
 * @param run What `run.json` holds.
 * @returns What the script left in `predictions.json`.
 */
export async function runInPyTorch<T>(
  python: string,
  script: "classify" | "seq2seq" | "speech" | "token_tasks",
  folder: string,
  run: object,
): Promise<T> {
  await Deno.writeTextFile(`${folder}/run.json`, JSON.stringify(run));
  const path = new URL(`./bench/python/${script}.py`, import.meta.url).pathname;
  const { success } = await new Deno.Command(python, {
    args: [path, folder],
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) throw new Error(`Cannot compare with PyTorch as ${python} must run ${path}`);
  return JSON.parse(await Deno.readTextFile(`${folder}/predictions.json`));
}
