// Mean (0 without CENTER: RMSNorm) and 1 / standard deviation of a row; the threads of a workgroup stride across its columns.
// What comes before defines at(i), the element i of what is normalised, and total(), of pair_sums.wgsl.

fn statistics(lane : i32, start : i32, end : i32, n : f32) -> vec2<f32> {
  var mean = 0.0;
  if (CENTER == 1) {
    var sum = 0.0;
    for (var i = start + lane; i < end; i += WORKGROUP) { sum += at(i); }
    mean = total(lane, sum, 0.0).x / n;
  }
  var squares = 0.0;
  for (var i = start + lane; i < end; i += WORKGROUP) {
    let d = at(i) - mean;
    squares += d * d;
  }
  return vec2<f32>(mean, inverseSqrt(total(lane, squares, 0.0).x / n + uniforms.eps));
}
