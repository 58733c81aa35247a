// Cross entropy of each row of logits with its target class; one workgroup a row, its threads stride across the classes.
// With smoothing a, the target distribution is (1 - a) onehot + a / K. A row whose target is uniforms.ignore counts 0.
// GRADIENT 0: result[row] = logsumexp(x) - (1 - a) x[target] - a mean(x)
// GRADIENT 1: result[row, c] = upstream(row) (softmax(x)[c] - (1 - a) [c = target] - a / K), see what comes before

var<workgroup> partial : array<f32, WORKGROUP>;
var<workgroup> other : array<f32, WORKGROUP>;

fn main(index : i32) {
  let row = index / WORKGROUP;
  let lane = i32(localId.x);
  let rows = uniforms.xShape[0];
  let cols = uniforms.xShape[1];
  let inside = row < rows; // past 65,535 rows there are more workgroups than rows
  let start = row * cols;
  let end = select(0, cols, inside);

  var top = -3.4e38;
  for (var c = lane; c < end; c += WORKGROUP) { top = max(top, x[start + c]); }
  partial[lane] = top;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
    if (lane < stride) { partial[lane] = max(partial[lane], partial[lane + stride]); }
    workgroupBarrier();
  }
  top = partial[0];
  workgroupBarrier();

  var sum = 0.0;
  var plain = 0.0;
  for (var c = lane; c < end; c += WORKGROUP) {
    sum += exp(x[start + c] - top);
    plain += x[start + c];
  }
  partial[lane] = sum;
  other[lane] = plain;
  workgroupBarrier();
  for (var stride = WORKGROUP / 2; stride > 0; stride /= 2) {
    if (lane < stride) {
      partial[lane] += partial[lane + stride];
      other[lane] += other[lane + stride];
    }
    workgroupBarrier();
  }
  if (!inside) { return; }
  let lse = top + log(partial[0]);
  let hit = target_[row];
  let ignored = hit == uniforms.ignore;
  let spread = uniforms.smoothing;

  if (GRADIENT == 1) {
    let scale = upstream(row);
    for (var c = lane; c < cols; c += WORKGROUP) {
      var d = 0.0;
      if (!ignored) {
        d = exp(x[start + c] - lse) - spread / f32(cols);
        if (c == hit) { d -= 1.0 - spread; }
        d *= scale;
      }
      result[start + c] = d;
    }
  } else if (lane == 0) {
    var loss = 0.0;
    if (!ignored) {
      // a target outside the classes has no logit: NaN, never a number that looks right
      var logit = uniforms.NAN;
      if (hit >= 0 && hit < cols) { logit = x[start + hit]; }
      loss = lse - (1.0 - spread) * logit - spread * other[0] / f32(cols);
    }
    result[row] = loss;
  }
}
