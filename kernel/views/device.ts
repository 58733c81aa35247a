import { Device } from "../../lib/tensor/mod.ts";
import { View } from "../view.ts";
import { card, htmlTable, textPicture } from "./markup.ts";

/** Whether a value is a device. */
export function isDevice(value: unknown): value is Device {
  return value instanceof Device;
}

/**
 * Shows a device: what was chosen, why, and how fast it is.
 *
 * @param device What `useDevice` returned.
 */
export function deviceView(device: Device): View {
  const text = device.toString();
  return new View({
    "text/plain": text,
    "text/html": card(`Device ${device.name}`, [htmlTable(device.rows())]),
    "image/svg+xml": textPicture(text, `Device ${device.name}`),
  });
}
