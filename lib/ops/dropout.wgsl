// y = x keep / (1 - rate); whether element i is kept is a hash of (seed, its place), the same on every device.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let bits = hash(hash(u32(placeOf(index))) ^ bitcast<u32>(uniforms.seed));
  let kept = f32(bits >> 8u) >= uniforms.threshold;
  result[index] = select(0.0, x[index] * uniforms.gain, kept);
}
