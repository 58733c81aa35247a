// Turns each pair of channels of a head by the angle of its position; one thread an element of [B, H, T, D].
// angle(t, i) = (start + t) base^(-2 i / rotated) for pair i; DIRECTION -1 turns back, which is the gradient.
// A frequency keeps a share of itself and is divided by `factor` for the rest; what is turned is multiplied by `gain`.
// INTERLEAVED pairs channels (2i, 2i + 1), else (i, i + rotated / 2). Channels from `rotated` on stay.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let depth = uniforms.xShape[2];
  let half = uniforms.rotated / 2;
  let d = index % depth;
  let t = (index / depth) % uniforms.xShape[1];
  if (d >= uniforms.rotated) {
    result[index] = x[index];
    return;
  }
  var pair = d % half;
  var partner = select(d - half, d + half, d < half);
  var first = d < half;
  if (INTERLEAVED == 1) {
    pair = d / 2;
    first = d % 2 == 0;
    partner = select(d - 1, d + 1, first);
  }
  let own = exp2(-f32(pair) / f32(half) * uniforms.log2Base);
  let kept = clamp(uniforms.perFrequency * own + uniforms.perPair * f32(pair) + uniforms.offset, 0.0, 1.0);
  let angle = f32(uniforms.start + t) * own * (kept + (1.0 - kept) / uniforms.factor);
  let turn = sin(angle) * f32(DIRECTION) * select(1.0, -1.0, first);
  result[index] = (x[index] * cos(angle) + x[index - d + partner] * turn) * uniforms.gain;
}
