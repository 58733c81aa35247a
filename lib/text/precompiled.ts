import type { AlignedText, Change } from "./aligned_text.ts";

/**
 * SentencePiece's table of normalisation: a trie of UTF-8 bytes to texts, laid out as a double array.
 *
 * @param base64 The table: the length of the trie in bytes, the trie, and the texts, each ended by a zero.
 * @throws {SyntaxError} If it is no such table.
 * @see Kudo and Richardson, 2018, "SentencePiece", https://arxiv.org/abs/1808.06226; the layout is that of darts-clone
 */
export function precompiled(base64: string): (text: AlignedText) => AlignedText {
  const bytes = Uint8Array.fromBase64(base64);
  const view = new DataView(bytes.buffer);
  const size = bytes.length >= 4 ? view.getUint32(0, true) : -1;
  if (size < 0 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw new SyntaxError(
      `Cannot read tokenizer.json as its precompiled_charsmap must begin with the length of its trie: current length is ${size}, of ${bytes.length} bytes`,
    );
  }
  const trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const texts = bytes.subarray(4 + size);
  const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
  const known = new Map<string, string | undefined>();
  const lookUp = (part: string) => {
    if (!known.has(part)) known.set(part, find(trie, texts, new TextEncoder().encode(part)));
    return known.get(part);
  };
  return (text) => {
    const changes: Change[] = [];
    let changed = false;
    const put = (part: string): boolean => {
      const other = lookUp(part);
      if (other === undefined) return false;
      changed = true;
      const [before, after] = [[...part].length, [...other]];
      for (const [i, character] of after.entries()) {
        const added = i >= before ? 1 : 0;
        const removed = i === after.length - 1 ? Math.min(0, after.length - before) : 0;
        changes.push([character, added + removed]);
      }
      if (after.length === 0 && changes.length > 0) { // nothing is left of the part: the character before takes its place
        const [character, growth] = changes.at(-1)!;
        changes[changes.length - 1] = [character, growth - before];
      }
      return true;
    };
    for (const { segment } of graphemes.segment(text.text)) {
      if (new TextEncoder().encode(segment).length < 6 && put(segment)) continue;
      for (const character of segment) if (!put(character)) changes.push([character, 0]);
    }
    return changed ? text.change(changes) : text;
  };
}

/** The text for the shortest prefix of some bytes that the trie holds. */
function find(trie: Uint32Array, texts: Uint8Array, key: Uint8Array): string | undefined {
  let unit = trie[0]!;
  let at = offset(unit);
  for (const byte of key) {
    if (byte === 0) return undefined;
    at ^= byte;
    unit = trie[at] ?? 0;
    if ((unit & 0x800000ff) !== byte) return undefined; // the label of this node is another
    at ^= offset(unit);
    if (unit >>> 8 & 1) {
      const start = trie[at]! & 0x7fffffff;
      return new TextDecoder().decode(texts.subarray(start, texts.indexOf(0, start)));
    }
  }
  return undefined;
}

function offset(unit: number): number {
  return unit >>> 10 << ((unit & 512) >>> 6);
}
