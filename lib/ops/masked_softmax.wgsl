// Softmax of scaled scores along the last axis; one workgroup a row, its threads stride across the columns.
// With CAUSAL, row t of a matrix of T rows and S columns sees the columns s <= t + S - T; the others get 0.
// GRADIENT 0: y = softmax(scale x)
// GRADIENT 1: dx = scale y (dy - sum(y dy)), where x holds y

var<workgroup> partial : array<f32, WORKGROUP>;

fn main(index : i32) {
  let row = index / WORKGROUP;
  let lane = i32(localId.x);
  let rows = uniforms.xShape[0] * uniforms.xShape[1];
  let height = uniforms.xShape[1];
  let cols = uniforms.xShape[2];
  let inside = row < rows; // past 65,535 rows there are more workgroups than rows
  let start = row * cols;
  var end = cols;
  if (CAUSAL == 1) { end = clamp(row % height + 1 + cols - height, 0, cols); }
  if (!inside) { end = 0; }

  if (GRADIENT == 1) {
    var dot = 0.0;
    for (var c = lane; c < end; c += WORKGROUP) { dot += x[start + c] * dy[start + c]; }
    partial[lane] = dot;
    workgroupBarrier();
    for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
      if (lane < stride) { partial[lane] += partial[lane + stride]; }
      workgroupBarrier();
    }
    let sum = partial[0];
    if (inside) {
      for (var c = lane; c < cols; c += WORKGROUP) {
        var d = 0.0;
        if (c < end) { d = uniforms.scale * x[start + c] * (dy[start + c] - sum); }
        result[start + c] = d;
      }
    }
    return;
  }

  var top = -3.4e38;
  for (var c = lane; c < end; c += WORKGROUP) { top = max(top, uniforms.scale * x[start + c]); }
  partial[lane] = top;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
    if (lane < stride) { partial[lane] = max(partial[lane], partial[lane + stride]); }
    workgroupBarrier();
  }
  top = partial[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var c = lane; c < end; c += WORKGROUP) { sum += exp(uniforms.scale * x[start + c] - top); }
  partial[lane] = sum;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
    if (lane < stride) { partial[lane] += partial[lane + stride]; }
    workgroupBarrier();
  }
  sum = partial[0];
  if (inside) {
    for (var c = lane; c < cols; c += WORKGROUP) {
      var p = 0.0;
      // a row that sees nothing gives 0, not NaN
      if (c < end && sum != 0.0) { p = exp(uniforms.scale * x[start + c] - top) / sum; }
      result[start + c] = p;
    }
  }
}
