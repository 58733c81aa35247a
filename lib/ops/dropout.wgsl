// y = x keep / (1 - rate); whether element i is kept is a hash of (seed, i), the same on every device.

fn hash(v : u32) -> u32 { // "lowbias32", Chris Wellons
  var h = v;
  h = (h ^ (h >> 16u)) * 0x7feb352du;
  h = (h ^ (h >> 15u)) * 0x846ca68bu;
  return h ^ (h >> 16u);
}

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let bits = hash(hash(u32(index)) ^ bitcast<u32>(uniforms.seed));
  let kept = f32(bits >> 8u) >= uniforms.threshold;
  result[index] = select(0.0, x[index] * uniforms.gain, kept);
}
