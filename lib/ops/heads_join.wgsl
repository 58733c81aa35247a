// Moves heads back from the layout of attention, [B, H, T, D], to that of a projection, [B, T, W]; one thread an element:
// result[b, t, h D + d] = a, b or c[b, h, t, d], whichever holds head h

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let D = uniforms.depth;
  let T = uniforms.tokens;
  let d = index % D;
  let h = (index / D) % uniforms.all;
  let t = (index / (D * uniforms.all)) % T;
  let batch = index / (D * uniforms.all * T);
  let H = uniforms.heads; // heads of a
  let K = (uniforms.all - H) / 2; // heads of b, and of c
  if (h < H) {
    result[index] = a[((batch * H + h) * T + t) * D + d];
  } else if (h < H + K) {
    result[index] = b[((batch * K + h - H) * T + t) * D + d];
  } else {
    result[index] = c[((batch * K + h - H - K) * T + t) * D + d];
  }
}
