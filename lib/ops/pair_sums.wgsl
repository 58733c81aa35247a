// The sums of two numbers over the threads of a workgroup, given to each of them.

var<workgroup> first : array<f32, WORKGROUP>;
var<workgroup> second : array<f32, WORKGROUP>;

fn total(lane : i32, a : f32, b : f32) -> vec2<f32> {
  first[lane] = a;
  second[lane] = b;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
    if (lane < stride) {
      first[lane] += first[lane + stride];
      second[lane] += second[lane + stride];
    }
    workgroupBarrier();
  }
  let sums = vec2<f32>(first[0], second[0]);
  workgroupBarrier();
  return sums;
}
