import { environmentVariable } from "../tensor/mod.ts";

/** The folder with data sets that the variable `TOME_DATA` names: what lies there is taken before anything else. */
export function dataFolder(): string | undefined {
  return environmentVariable("TOME_DATA");
}

/** The SHA-256 of bytes, in hexadecimal. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
