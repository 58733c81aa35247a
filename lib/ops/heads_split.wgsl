// Moves the heads of a projection, [B, T, W], to the layout of attention: [B, H, T, D] to result, and, where there are keys,
// [B, K, T, D] each to keys and values, by put(). One thread an element of x.

fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  let p = placeOf(index);
  let H = uniforms.heads;
  if (p.h < H) {
    result[splitAt(p, H, p.h)] = x[index];
    return;
  }
  let K = keyHeads();
  put(p.h < H + K, splitAt(p, K, (p.h - H) % K), x[index]);
}
