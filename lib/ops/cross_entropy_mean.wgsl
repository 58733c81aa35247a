// result = how many targets are not uniforms.ignore, mean = the sum of losses over it; one workgroup in all.

var<workgroup> first : array<f32, WORKGROUP>;
var<workgroup> second : array<f32, WORKGROUP>;

fn main(index : i32) {
  let lane = i32(localId.x);
  var sum = 0.0;
  var counted = 0.0;
  for (var row = lane; row < uniforms.lossesShape; row += WORKGROUP) {
    sum += losses[row];
    if (target_[row] != uniforms.ignore) { counted += 1.0; }
  }
  first[lane] = sum;
  second[lane] = counted;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
    if (lane < stride) {
      first[lane] += first[lane + stride];
      second[lane] += second[lane + stride];
    }
    workgroupBarrier();
  }
  if (index == 0) {
    result[0] = second[0];
    if (second[0] == 0.0) { mean[0] = uniforms.NAN; } else { mean[0] = first[0] / second[0]; }
  }
}
