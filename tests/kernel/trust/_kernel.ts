import { type Execution, KernelClient } from "@tome/tome/notebook";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Runs cells in a kernel of their own, after one that imports the library. */
export async function withKernel(
  run: (cell: (code: string, signal?: AbortSignal) => Promise<Told>) => Promise<void>,
): Promise<void> {
  const kernel = await KernelClient.start({ cwd: ROOT, env: { XDG_RUNTIME_DIR: "/tmp" } });
  try {
    await kernel.execute(`
      import * as display from "@tome/tome/display";
      import * as tensor from "@tome/tome/tensor";
      await tensor.useDevice("cpu");
      undefined;
    `);
    await run(async (code, signal) => {
      const late: string[] = [];
      let idle = false;
      let cell: unknown;
      const { outputs, status, millis } = await kernel.execute(code, {
        ...(signal && { signal }),
        onMessage({ header, parent, content }) {
          if (header.msg_type === "execute_input") cell ??= parent.msg_id;
          else if (header.msg_type === "status") {
            if (parent.msg_id === cell) idle ||= content.execution_state === "idle";
          } else if (idle && parent.msg_id === cell) late.push(header.msg_type);
        },
      });
      return { outputs, status, millis, late };
    });
  } finally {
    await kernel.close();
  }
}

/** What a cell gave, and which messages came when it had ended already. */
export type Told = Pick<Execution, "outputs" | "status" | "millis"> & { late: string[] };

/** The text that a cell printed to a stream. */
export function printed({ outputs }: Told, name = "stdout"): string {
  return outputs.map((o) => o.output_type === "stream" && o.name === name ? o.text : "").join("");
}

/** The result of a cell as text. */
export function result({ outputs }: Told): unknown {
  const found = outputs.find((o) => o.output_type === "execute_result");
  return found && "data" in found
    ? (found.data as Record<string, unknown>)["text/plain"]
    : undefined;
}
