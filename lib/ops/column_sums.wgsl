// y[c] = sum_r x[r, c]; one workgroup takes 16 columns, its 16 x 16 threads share the rows.

var<workgroup> partial : array<f32, 256>;

fn main(index : i32) {
  let lane = i32(localId.x);
  let c = (index / 256) * 16 + lane % 16;
  let rows = uniforms.xShape[0];
  let cols = uniforms.xShape[1];
  var sum = 0.0;
  if (c < cols) {
    for (var r = lane / 16; r < rows; r += 16) { sum += x[r * cols + c]; }
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var stride = 128; stride >= 16; stride /= 2) {
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
    workgroupBarrier();
  }
  if (lane < 16 && c < cols) { result[c] = partial[lane]; }
}
