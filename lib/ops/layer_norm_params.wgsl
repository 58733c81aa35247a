// The gradients of gain and bias: result[c] = sum_r dy[r, c] h[r, c], dbeta[c] = sum_r dy[r, c].
// One workgroup takes 16 columns; its 16 x 16 threads share the rows.

var<workgroup> first : array<f32, 256>;
var<workgroup> second : array<f32, 256>;

fn main(index : i32) {
  let lane = i32(localId.x);
  let c = (index / 256) * 16 + lane % 16;
  let rows = uniforms.xShape[0];
  let cols = uniforms.xShape[1];
  var a = 0.0;
  var b = 0.0;
  if (c < cols) {
    for (var r = lane / 16; r < rows; r += 16) {
      let g = dy[r * cols + c];
      a += g * (x[r * cols + c] - stats[r * 2]) * stats[r * 2 + 1];
      b += g;
    }
  }
  first[lane] = a;
  second[lane] = b;
  workgroupBarrier();
  for (var stride = 128; stride >= 16; stride /= 2) {
    if (lane < stride) {
      first[lane] += first[lane + stride];
      second[lane] += second[lane + stride];
    }
    workgroupBarrier();
  }
  if (lane < 16 && c < cols) {
    result[c] = first[lane];
    dbeta[c] = second[lane];
  }
}
