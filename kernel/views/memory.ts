import { memory, type MemoryUse } from "../../lib/tensor/mod.ts";
import { View } from "../view.ts";
import { type Align, bytes, card, count, htmlTable, textPicture, textTable } from "./markup.ts";

/** What a count of memory tells; of one that was saved, maybe not who held it. */
export type MemoryCount =
  & Pick<MemoryUse, "numTensors" | "numDataBuffers" | "numBytes" | "numBytesAllocated">
  & Partial<Pick<MemoryUse, "owners" | "bytesRecorded" | "bytesCached">>;

/** Whether a value tells how much memory is in use. */
export function isMemoryUse(value: unknown): value is MemoryCount {
  if (typeof value !== "object" || value === null) return false;
  const { numTensors, numDataBuffers, numBytes } = value as Partial<MemoryUse>;
  return [numTensors, numDataBuffers, numBytes].every((n) => typeof n === "number");
}

/**
 * Shows how many tensors are alive, and the bytes that they hold, by owner.
 *
 * @param use What to show. @default {what is in use now}
 * @param before An earlier count; each line tells what has come since. @default {none}
 */
export function memoryView(use: MemoryCount = memory(), before?: MemoryCount): View {
  type Count = "numTensors" | "numDataBuffers" | "numBytes" | "numBytesAllocated";
  const lines: [string, Count, (value: number) => string][] = [
    ["live tensors", "numTensors", count],
    ["buffers behind them", "numDataBuffers", count],
    ["bytes in use", "numBytes", bytes],
    ["bytes allocated on the device", "numBytesAllocated", bytes],
  ];
  const rows = lines.flatMap(([name, key, unit]) => {
    const value = use[key];
    if (value === undefined) return [];
    const grown = before ? value - (before[key] ?? 0) : 0;
    const change = `${grown < 0 ? "−" : "+"}${unit(Math.abs(grown))}`;
    return [[name, unit(value), ...before ? [grown === 0 ? "unchanged" : change] : []]];
  });
  const { owners = [], bytesRecorded, bytesCached } = use;
  const held = owners.map(({ owner, bytes: now, bytesAtPeak }) => [
    owner,
    bytes(now),
    bytes(bytesAtPeak),
  ]);
  if (bytesRecorded) held.push(["recordings", bytes(bytesRecorded), ""]);
  if (bytesCached) held.push(["free for reuse", bytes(bytesCached), ""]);
  const align = ["left", "right", "right"] as Align[];
  const head = ["held for", "now", "at the peak"];
  const tables = [textTable(rows, { align })];
  const parts = [htmlTable(rows, { align })];
  if (held.length > 0) {
    tables.push(textTable(held, { head, align }));
    parts.push(htmlTable(held, { head, align }));
  }
  const text = tables.join("\n\n");
  return new View({
    "text/plain": text,
    "text/html": card("Memory", parts),
    "image/svg+xml": textPicture(text, "Memory"),
  });
}
