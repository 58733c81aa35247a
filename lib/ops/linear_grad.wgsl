// The gradients of a weight and a bias: result[o, i] = sum_r dy[r, o] x[r, i], dbias[o] = sum_r dy[r, o].
// One workgroup of 8 x 8 threads makes 32 x 32 elements, 16 rows at a time; each thread 4 x 4 of them.

var<workgroup> left : array<array<vec4<f32>, 8>, 16>;
var<workgroup> right : array<array<vec4<f32>, 8>, 16>;

fn four(r : i32, c : i32, cols : i32) -> vec4<bool> {
  let inside = r < uniforms.dyShape[0];
  return vec4<bool>(inside && c < cols, inside && c + 1 < cols, inside && c + 2 < cols, inside && c + 3 < cols);
}

fn main(index : i32) {
  let lane = i32(localId.x);
  let rows = uniforms.dyShape[0];
  let outs = uniforms.dyShape[1];
  let ins = uniforms.xShape[1];
  let across = (ins + 31) / 32;
  let group = index / WORKGROUP;
  let o0 = (group / across) * 32;
  let i0 = (group % across) * 32;
  let ty = lane / 8;
  let tx = lane % 8;
  var sums = mat4x4<f32>();
  var bias = vec4<f32>();
  for (var base = 0; base < rows; base += 16) {
    for (var k = lane; k < 128; k += WORKGROUP) {
      let r = base + k / 8;
      let o = o0 + (k % 8) * 4;
      let i = i0 + (k % 8) * 4;
      let p = r * outs + o;
      let q = r * ins + i;
      left[k / 8][k % 8] = select(vec4<f32>(), vec4<f32>(dy[p], dy[p + 1], dy[p + 2], dy[p + 3]), four(r, o, outs));
      right[k / 8][k % 8] = select(vec4<f32>(), vec4<f32>(x[q], x[q + 1], x[q + 2], x[q + 3]), four(r, i, ins));
    }
    workgroupBarrier();
    for (var k = 0; k < 16; k++) {
      let a = left[k][ty];
      let b = right[k][tx];
      sums[0] += a.x * b;
      sums[1] += a.y * b;
      sums[2] += a.z * b;
      sums[3] += a.w * b;
      bias += a;
    }
    workgroupBarrier();
  }
  for (var j = 0; j < 4; j++) {
    let o = o0 + ty * 4 + j;
    if (o < outs) {
      for (var k = 0; k < 4; k++) {
        let i = i0 + tx * 4 + k;
        if (i < ins) { result[o * ins + i] = sums[j][k]; }
      }
      if (i0 == 0 && tx == 0) { dbias[o] = bias[j]; }
    }
  }
}
