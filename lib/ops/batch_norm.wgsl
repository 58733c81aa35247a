// y = (x - mean) / sqrt(variance + eps) gamma + beta, one thread an element.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let c = index % uniforms.xShape[1];
  let scale = inverseSqrt(variance[c] + uniforms.eps) * gamma[c];
  result[index] = (x[index] - mean[c]) * scale + beta[c];
}
