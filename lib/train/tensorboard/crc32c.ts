/** The table of CRC-32C, by the reversed Castagnoli polynomial. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/**
 * Computes the CRC-32C checksum of some bytes.
 *
 * @param bytes What to sum up.
 * @returns An unsigned 32-bit integer.
 * @see RFC 3720, appendix B.4, for its test vectors, https://www.rfc-editor.org/rfc/rfc3720
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

/**
 * Computes the checksum that the records of an event file hold: a CRC-32C, turned and shifted, so that a checksum of
 * bytes that hold checksums is safe.
 *
 * `mask(c) = ((c >> 15) | (c << 17)) + 0xa282ead8`
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
