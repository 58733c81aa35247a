import { memory, type MemoryUse } from "../../lib/tensor/mod.ts";
import { View } from "../view.ts";
import { bytes, card, count, htmlTable, textPicture, textTable } from "./markup.ts";

/** Whether a value tells how much memory is in use. */
export function isMemoryUse(value: unknown): value is MemoryUse {
  if (typeof value !== "object" || value === null) return false;
  const { numTensors, numDataBuffers, numBytes } = value as Partial<MemoryUse>;
  return [numTensors, numDataBuffers, numBytes].every((n) => typeof n === "number");
}

/**
 * Shows how many tensors are alive, and the bytes that they hold.
 *
 * @param use What to show. @default {what is in use now}
 * @param before An earlier count; each line tells what has come since. @default {none}
 */
export function memoryView(use: MemoryUse = memory(), before?: MemoryUse): View {
  const lines: [string, keyof MemoryUse, (value: number) => string][] = [
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
  const text = textTable(rows, { align: ["left", "right", "right"] });
  return new View({
    "text/plain": text,
    "text/html": card("Memory", [htmlTable(rows, { align: ["left", "right", "right"] })]),
    "image/svg+xml": textPicture(text, "Memory"),
  });
}
