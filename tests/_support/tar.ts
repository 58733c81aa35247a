/** A tar archive of ustar's form. */
export function tarOf(files: Record<string, Uint8Array>): Uint8Array {
  const blocks = Object.entries(files).map(([name, data]) => {
    const block = new Uint8Array(512 + Math.ceil(data.length / 512) * 512);
    const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
    const cut = name.length > 100 ? name.indexOf("/") : 0;
    put(0, cut ? name.slice(cut + 1) : name);
    put(124, data.length.toString(8).padStart(11, "0"));
    put(148, "        ");
    put(156, name.endsWith("/") ? "5" : "0");
    put(257, "ustar");
    if (cut) put(345, name.slice(0, cut));
    const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
    put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
    block.set(data, 512);
    return block;
  });
  const all = new Uint8Array(blocks.reduce((sum, { length }) => sum + length, 1024));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
