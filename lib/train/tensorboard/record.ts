import { maskedCrc32c } from "./crc32c.ts";

/**
 * Frames a message as a record of an event file: its length, the length's checksum, the message, its checksum.
 *
 * `uint64 length | uint32 crc(length) | message | uint32 crc(message)`, all little-endian
 *
 * @param message The bytes of one event.
 */
export function frameRecord(message: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + message.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(message, 12);
  view.setUint32(12 + message.length, maskedCrc32c(message), true);
  return record;
}
