import { TextLineStream } from "./_lines.ts";

const SCRIPT = new URL("./_child_run.ts", import.meta.url).pathname;

/** What a child process said before it ended. */
export interface ChildEnd {
  /** How it ended. */
  status: Deno.CommandStatus;
  /** Its lines. */
  lines: string[];
}

/**
 * Runs `_child_run.ts`.
 *
 * @param args Its arguments.
 * @param onLine Called with each line that it prints.
 */
export async function runChild(
  args: string[],
  onLine: (line: string, child: Deno.ChildProcess) => void = () => {},
): Promise<ChildEnd> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SCRIPT, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  const text = child.stdout.pipeThrough(new TextDecoderStream());
  for await (const line of text.pipeThrough(new TextLineStream())) {
    lines.push(line);
    onLine(line, child);
  }
  return { status: await child.status, lines };
}
