// dx = rstd (g - [CENTER] mean(g) - h mean(g h)), with g = dy gamma and h = (x - mean) rstd; stats[row] = (mean, rstd).
// One workgroup a row, see layer_norm_rows.wgsl. What comes before defines rest(i), which is added.

fn main(index : i32) {
  let row = index / WORKGROUP;
  let lane = i32(localId.x);
  let cols = uniforms.xShape[1];
  let start = row * cols;
  let end = select(start, start + cols, row < uniforms.xShape[0]); // past 65,535 rows there are more workgroups than rows
  let n = f32(cols);
  let s = statistics(lane, start, end, n);
  var a = 0.0;
  var b = 0.0;
  for (var i = start + lane; i < end; i += WORKGROUP) {
    let g = dy[i] * gamma[i - start];
    a += g;
    b += g * (x[i] - s.x) * s.y;
  }
  let means = total(lane, a, b) / n;
  for (var i = start + lane; i < end; i += WORKGROUP) {
    let h = (x[i] - s.x) * s.y;
    let g = dy[i] * gamma[i - start];
    result[i] = rest(i) + s.y * (g - f32(CENTER) * means.x - h * means.y);
  }
  if (lane == 0 && start < end) {
    stats[row * 2] = s.x;
    stats[row * 2 + 1] = s.y;
  }
}
