import type { SearchObjective } from "@tome/tome/search";

/** Reports twice, prints, and fails or dies where it is told to. */
const objective: SearchObjective = async ({ x, how }, trial) => {
  Deno.stdout.writeSync(new TextEncoder().encode("a line of its own\n"));
  for (const step of [1, 2]) {
    if (await trial.report(step, Number(x) / step)) return NaN;
  }
  if (how === "throws") throw new RangeError("no such x");
  if (how === "dies") Deno.exit(3);
  if (how === "hangs") await new Promise((end) => setTimeout(end, 60_000));
  return Number(x);
};
export default objective;
