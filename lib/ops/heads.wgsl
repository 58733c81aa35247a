// Moves heads between the layout of a projection, [B, T, W], and that of attention, [B, H, T, D]; one thread an element.
// JOIN 0: result[b, h, t, d] = a[b, t, (first + h) D + d]
// JOIN 1: result[b, t, h D + d] = a, b or c[b, h, t, d], whichever holds head h

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let D = uniforms.depth;
  let T = uniforms.tokens;
  let d = index % D;
  if (JOIN == 0) {
    let t = (index / D) % T;
    let h = (index / (D * T)) % uniforms.heads;
    let batch = index / (D * T * uniforms.heads);
    result[index] = a[((batch * T + t) * uniforms.all + uniforms.first + h) * D + d];
    return;
  }
  let h = (index / D) % uniforms.all;
  let t = (index / (D * uniforms.all)) % T;
  let batch = index / (D * uniforms.all * T);
  let H = uniforms.heads; // heads of a
  let K = uniforms.first; // heads of b, and of c
  if (h < H) {
    result[index] = a[((batch * H + h) * T + t) * D + d];
  } else if (h < H + K) {
    result[index] = b[((batch * K + h - H) * T + t) * D + d];
  } else {
    result[index] = c[((batch * K + h - H - K) * T + t) * D + d];
  }
}
