// What the three programs of attention share. Row r = (b H + h) T + t belongs to a query, keys of head h lie with the
// key head h / group. D4 and E4 are the lengths of a query and of a value in vectors of four numbers.

// Below every score, and finite, so that its difference from -infinity is -infinity.
const LOWEST = -3.4e38;

// How many keys a query sees.
fn seen(t : u32) -> u32 {
  if (CAUSAL == 0u) { return uniforms.S; }
  return u32(clamp(i32(t + 1u + uniforms.S) - i32(uniforms.T), 0, i32(uniforms.S)));
}

// Where the mask of a query starts; its strides are 0 along the axes that it broadcasts.
fn maskOf(head : u32, t : u32) -> u32 {
  return (head / uniforms.H) * uniforms.maskB + (head % uniforms.H) * uniforms.maskH + t * uniforms.maskT;
}

// What dropout multiplies a weight by, the same as dropout.wgsl does for the weights [B, H, T, S].
fn kept(row : u32, s : u32) -> f32 {
  if (DROPS == 0u) { return 1.0; }
  let bits = hash(hash(row * uniforms.S + s) ^ uniforms.seed);
  return select(0.0, uniforms.gain, f32(bits >> 8u) >= uniforms.threshold);
}
