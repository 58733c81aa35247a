// result = how many targets are not uniforms.ignore, mean = the sum of losses over it; one workgroup in all.
// What comes before defines total(), of pair_sums.wgsl.

fn main(index : i32) {
  let lane = i32(localId.x);
  var sum = 0.0;
  var counted = 0.0;
  for (var row = lane; row < uniforms.lossesShape; row += WORKGROUP) {
    sum += losses[row];
    if (target_[row] != uniforms.ignore) { counted += 1.0; }
  }
  let sums = total(lane, sum, counted);
  if (index == 0) {
    result[0] = sums.y;
    if (sums.y == 0.0) { mean[0] = uniforms.NAN; } else { mean[0] = sums.x / sums.y; }
  }
}
