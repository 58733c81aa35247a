// Moves heads back from the layout of attention, [B, H, T, D], to that of a projection, [B, T, W]; one thread an element:
// result[b, t, h D + d] = a, b or c[b, h, t, d], whichever holds head h

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let p = placeOf(index);
  let H = uniforms.heads; // heads of a
  let K = keyHeads(); // heads of b, and of c
  if (p.h < H) {
    result[index] = a[splitAt(p, H, p.h)];
  } else if (p.h < H + K) {
    result[index] = b[splitAt(p, K, p.h - H)];
  } else {
    result[index] = c[splitAt(p, K, p.h - H - K)];
  }
}
