// dx = gamma / std (dy - (dbeta + h dgamma) / R) with h = (x - mean) / std and R rows, one thread an element.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let cols = uniforms.xShape[1];
  let c = index % cols;
  let rstd = inverseSqrt(variance[c] + uniforms.eps);
  let h = (x[index] - mean[c]) * rstd;
  let shared_part = (dbeta[c] + h * dgamma[c]) / f32(uniforms.size / cols);
  result[index] = gamma[c] * rstd * (dy[index] - shared_part);
}
