/**
 * The outputs of a cell, gathered from what a kernel says while the cell runs.
 *
 * @module
 */
import type { KernelMessage } from "./message.ts";

/** A value in several MIME types. Text is a string, or a list of lines as notebooks keep it. */
export type MimeBundle = Record<string, unknown>;

/** What was printed. */
export interface StreamOutput {
  /** The kind of output. */
  output_type: "stream";
  /** Where it was printed. */
  name: "stdout" | "stderr";
  /** The text. */
  text: string;
}

/** Something shown. */
export interface DisplayOutput {
  /** The kind of output. */
  output_type: "display_data";
  /** The value in each MIME type. */
  data: MimeBundle;
  /** Data about the types. */
  metadata: Record<string, unknown>;
}

/** The value of a cell's last expression. */
export interface ResultOutput {
  /** The kind of output. */
  output_type: "execute_result";
  /** The value in each MIME type. */
  data: MimeBundle;
  /** Data about the types. */
  metadata: Record<string, unknown>;
  /** The cell's number. */
  execution_count: number | null;
}

/** An error that ended a cell, or that was shown. */
export interface ErrorOutput {
  /** The kind of output. */
  output_type: "error";
  /** The error's name. */
  ename: string;
  /** Its message. */
  evalue: string;
  /** Its stack, line by line. */
  traceback: string[];
}

/** One output of a cell, as nbformat 4 has it, with text as one string. */
export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

/**
 * The displays of a kernel by their `display_id`: an update reaches every display with its id, in whatever cell it is.
 */
export type Displays = Map<string, DisplayOutput[]>;

/** Gathers the outputs of one cell: merges what is printed, updates what is shown, clears what is cleared. */
export class OutputCollector {
  /** The outputs so far. */
  readonly outputs: Output[] = [];
  #clearNext = false;

  /**
   * Begins with no output.
   *
   * @param displays The displays of the cells before, which updates may mean.
   */
  constructor(readonly displays: Displays = new Map()) {}

  /**
   * Takes a message into account.
   *
   * @param message What the kernel said on iopub.
   */
  add({ header, content }: KernelMessage): void {
    const { data = {}, metadata } = content;
    const id: string | undefined = content.transient?.display_id;
    switch (header.msg_type) {
      case "stream":
        return this.#print(content.name === "stderr" ? "stderr" : "stdout", String(content.text));
      case "display_data": {
        const output = this.#push<DisplayOutput>(
          { output_type: "display_data", data, metadata: metadata ?? {} },
        );
        if (id) this.displays.set(id, [...this.displays.get(id) ?? [], output]);
        return;
      }
      case "update_display_data":
        for (const output of this.displays.get(id ?? "") ?? []) {
          output.data = data;
          output.metadata = metadata ?? {};
        }
        return;
      case "execute_result":
        this.#push({
          output_type: "execute_result",
          data,
          metadata: metadata ?? {},
          execution_count: content.execution_count ?? null,
        });
        return;
      case "error":
        this.fail(content.ename, content.evalue, content.traceback);
        return;
      case "clear_output":
        if (content.wait) this.#clearNext = true;
        else this.outputs.length = 0;
    }
  }

  /** Adds an error. */
  fail(ename: unknown, evalue: unknown, traceback: unknown): void {
    this.#push({
      output_type: "error",
      ename: String(ename ?? "Error"),
      evalue: String(evalue ?? ""),
      traceback: Array.isArray(traceback) ? traceback.map(String) : [],
    });
  }

  #print(name: "stdout" | "stderr", text: string): void {
    const last = this.#clearNext ? undefined : this.outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#push({ output_type: "stream", name, text });
  }

  #push<T extends Output>(output: T): T {
    if (this.#clearNext) this.outputs.length = 0;
    this.#clearNext = false;
    this.outputs.push(output);
    return output;
  }
}
