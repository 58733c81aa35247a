/**
 * Jupyter messages: their parts, and how they are signed.
 *
 * @see Jupyter, "Messaging in Jupyter", https://jupyter-client.readthedocs.io/en/stable/messaging.html
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Who sent a message, and what it is. */
export interface MessageHeader {
  /** A name of its own. */
  msg_id: string;
  /** The session that sent it. */
  session: string;
  /** Who sent it. */
  username: string;
  /** When, in ISO 8601. */
  date: string;
  /** Its type, such as `execute_request`. */
  msg_type: string;
  /** The version of the protocol. */
  version: string;
}

/** Where a message came by. */
export type Channel = "shell" | "iopub" | "control" | "stdin";

/** A message from a kernel. */
export interface KernelMessage {
  /** Where it came by. */
  channel: Channel;
  /** Who sent it, and what it is. */
  header: MessageHeader;
  /** The header of the message that it answers, or an empty object. */
  parent: Partial<MessageHeader>;
  /** Data beside the content. */
  metadata: Record<string, unknown>;
  /** What it says. */
  // deno-lint-ignore no-explicit-any -- each type of message has its own fields
  content: Record<string, any>;
  /** Binary data. */
  buffers: Uint8Array<ArrayBuffer>[];
}

const DELIMITER = "<IDS|MSG>";
const encoder = new TextEncoder(), decoder = new TextDecoder();

function sign(key: string, parts: readonly Uint8Array[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/**
 * Writes a message as the frames that travel, signed by HMAC-SHA256.
 *
 * @param key The key of the connection file.
 * @param header The header.
 * @param content What the message says.
 * @param parent The header of the message that it answers.
 */
export function encodeMessage(
  key: string,
  header: MessageHeader,
  content: unknown,
  parent: Partial<MessageHeader> = {},
): Uint8Array[] {
  const parts = [header, parent, {}, content].map((part) => encoder.encode(JSON.stringify(part)));
  return [encoder.encode(DELIMITER), encoder.encode(sign(key, parts)), ...parts];
}

/**
 * Reads a message, and checks its signature.
 *
 * @param key The key of the connection file.
 * @param channel Where it came by.
 * @param frames The frames that came.
 * @throws {SyntaxError} If it is no message, or its signature is wrong.
 */
export function decodeMessage(
  key: string,
  channel: Channel,
  frames: readonly Uint8Array<ArrayBuffer>[],
): KernelMessage {
  const at = frames.findIndex((frame) => decoder.decode(frame) === DELIMITER);
  const parts = frames.slice(at + 2, at + 6);
  if (at < 0 || parts.length < 4) {
    throw new SyntaxError(
      `Cannot read a message on ${channel} as it must have a delimiter, a signature and four ` +
        `parts: it has ${frames.length} frames`,
    );
  }
  const expected = encoder.encode(sign(key, parts));
  const given = frames[at + 1]!;
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new SyntaxError(`Cannot trust a message on ${channel} as its signature is wrong`);
  }
  const [header, parent, metadata, content] = parts.map((part) => JSON.parse(decoder.decode(part)));
  return {
    channel,
    header,
    parent: parent ?? {},
    metadata,
    content,
    buffers: frames.slice(at + 6),
  };
}
