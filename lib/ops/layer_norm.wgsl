// y = (x - mean) rstd gamma + beta; one workgroup a row, see layer_norm_rows.wgsl.
// What comes before defines keep(i, v), which writes the sum that is normalised, where there is one.

fn main(index : i32) {
  let row = index / WORKGROUP;
  let lane = i32(localId.x);
  let cols = uniforms.xShape[1];
  let start = row * cols;
  let end = select(start, start + cols, row < uniforms.xShape[0]); // past 65,535 rows there are more workgroups than rows
  let s = statistics(lane, start, end, f32(cols));
  for (var i = start + lane; i < end; i += WORKGROUP) {
    let v = at(i);
    keep(i, v);
    result[i] = (v - s.x) * s.y * gamma[i - start] + beta[i - start];
  }
}
