// The gradient of connectionist temporal classification with respect to the logits, dy (softmax(x) - occupancy).
// beta[t, s] = log Σ exp (beta[t+1, ·] + log y[t+1, label(·)]) over s, s + 1 and, past a blank between different labels, s + 2;
// the occupancy of a class is Σ exp(alpha + beta - log p) over its states.
// What ctc_loss.wgsl has in front of its main comes before.

fn emitted(b : i32, t : i32, s : i32) -> f32 {
  return x[(b * uniforms.steps + t) * uniforms.classes + labelOf(b, s)] - lse[b * uniforms.steps + t];
}

fn main(index : i32) {
  let lane = i32(localId.x);
  let b = index / WORKGROUP;
  let K = uniforms.classes;
  let T = uniforms.steps;
  let L = 2 * uniforms.labels + 1;
  let inside = b < uniforms.batch;
  let row = min(b, uniforms.batch - 1);
  let last = select(0, min(T, steps_[row]), inside);
  let states = select(0, 2 * lengthOf(b) + 1, inside);
  var total = NEVER;
  if (last > 0) {
    let end = (b * T + last - 1) * L + states - 1;
    total = alpha[end];
    if (states > 1) { total = bothOf(total, alpha[end - 1]); }
  }
  for (var t = T - 1; t >= 0; t--) {
    for (var s = lane; s < select(0, states, inside && t < last); s += WORKGROUP) {
      let to = (b * T + t) * L + s;
      var sum = NEVER;
      if (t == last - 1) {
        if (s >= states - 2) { sum = 0.0; }
      } else {
        let after = to + L;
        if (beta[after] > NEVER) { sum = beta[after] + emitted(b, t + 1, s); }
        if (s + 1 < states && beta[after + 1] > NEVER) {
          sum = bothOf(sum, beta[after + 1] + emitted(b, t + 1, s + 1));
        }
        if (s + 2 < states && skips(b, s + 2) && beta[after + 2] > NEVER) {
          sum = bothOf(sum, beta[after + 2] + emitted(b, t + 1, s + 2));
        }
      }
      beta[to] = sum;
    }
    storageBarrier();
  }
  let upstream = dy[row];
  for (var i = lane; i < select(0, T * K, inside); i += WORKGROUP) {
    let t = i / K;
    let k = i % K;
    var slope = 0.0;
    if (t < last && total > NEVER) {
      slope = exp(x[b * T * K + i] - lse[b * T + t]);
      for (var s = 0; s < states; s++) {
        if (labelOf(b, s) == k) {
          let at = (b * T + t) * L + s;
          if (alpha[at] > NEVER && beta[at] > NEVER) { slope -= exp(alpha[at] + beta[at] - total); }
        }
      }
    }
    result[b * T * K + i] = upstream * slope;
  }
}
