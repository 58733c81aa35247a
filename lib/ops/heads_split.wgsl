// Moves the heads of a projection, [B, T, W], to the layout of attention: [B, H, T, D] to result, and, where there are keys,
// [B, K, T, D] each to keys and values, by put(). One thread an element of x.

fn main(index : i32) {
  if (index >= uniforms.elements) { return; }
  let D = uniforms.depth;
  let T = uniforms.tokens;
  let d = index % D;
  let h = (index / D) % uniforms.all;
  let t = (index / (D * uniforms.all)) % T;
  let batch = index / (D * uniforms.all * T);
  let H = uniforms.heads;
  if (h < H) {
    result[((batch * H + h) * T + t) * D + d] = x[index];
    return;
  }
  let K = (uniforms.all - H) / 2;
  let k = (h - H) % K;
  put(h < H + K, ((batch * K + k) * T + t) * D + d, x[index]);
}
