// One workgroup a row; its threads stride across the columns c.
// CENTER subtracts the row's mean (LayerNorm); without it the row is scaled only (RMSNorm).
// MODE 0: y = h gamma + beta, with h = (x - mean) rstd
// MODE 1: dx = rstd (g - [CENTER] mean(g) - h mean(g h)), with g = dy gamma
// MODE 2: result[row] = (mean, rstd)

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

fn main(index : i32) {
  let row = index / WORKGROUP;
  let lane = i32(localId.x);
  let rows = uniforms.xShape[0];
  let cols = uniforms.xShape[1];
  let inside = row < rows; // past 65,535 rows there are more workgroups than rows
  let start = row * cols;
  let n = f32(cols);

  var mean = 0.0;
  if (CENTER == 1) {
    var sum = 0.0;
    if (inside) { for (var c = lane; c < cols; c += WORKGROUP) { sum += x[start + c]; } }
    mean = total(lane, sum, 0.0).x / n;
  }
  var squares = 0.0;
  if (inside) {
    for (var c = lane; c < cols; c += WORKGROUP) {
      let d = x[start + c] - mean;
      squares += d * d;
    }
  }
  let rstd = inverseSqrt(total(lane, squares, 0.0).x / n + uniforms.eps);

  if (MODE == 0) {
    if (inside) {
      for (var c = lane; c < cols; c += WORKGROUP) {
        result[start + c] = (x[start + c] - mean) * rstd * gamma[c] + beta[c];
      }
    }
  } else if (MODE == 1) {
    var a = 0.0;
    var b = 0.0;
    if (inside) {
      for (var c = lane; c < cols; c += WORKGROUP) {
        let g = beta[start + c] * gamma[c]; // here beta is dy
        a += g;
        b += g * (x[start + c] - mean) * rstd;
      }
    }
    let sums = total(lane, a, b) / n;
    if (inside) {
      for (var c = lane; c < cols; c += WORKGROUP) {
        let h = (x[start + c] - mean) * rstd;
        result[start + c] = rstd * (beta[start + c] * gamma[c] - f32(CENTER) * sums.x - h * sums.y);
      }
    }
  } else if (inside && lane == 0) {
    result[row * 2] = mean;
    result[row * 2 + 1] = rstd;
  }
}
