// The forward variables of connectionist temporal classification; one workgroup a row of the batch, a thread for every state.
// State s of 2S + 1 is the blank for even s, and label (s - 1) / 2 of the target for odd s.
// alpha[t, s] = log y[t, label(s)] + log Σ exp alpha[t-1, ·] over s, s - 1 and, past a blank between different labels, s - 2.

const NEVER : f32 = -1e30; // stands for the logarithm of 0, where -∞ - -∞ would be no number

fn labelOf(b : i32, s : i32) -> i32 {
  if (s % 2 == 0) { return uniforms.blank; }
  return target_[b * uniforms.labels + s / 2];
}

fn lengthOf(b : i32) -> i32 {
  var count = 0;
  for (var i = 0; i < uniforms.labels; i++) { count += select(0, 1, target_[b * uniforms.labels + i] >= 0); }
  return count;
}

fn bothOf(a : f32, b : f32) -> f32 {
  let top = max(a, b);
  if (top <= NEVER) { return NEVER; }
  return top + log(exp(a - top) + exp(b - top));
}

// whether the path may go from state s - 2 to s
fn skips(b : i32, s : i32) -> bool {
  return s % 2 == 1 && s > 1 && labelOf(b, s) != labelOf(b, s - 2);
}

fn main(index : i32) {
  let lane = i32(localId.x);
  let b = index / WORKGROUP;
  let K = uniforms.classes;
  let T = uniforms.steps;
  let L = 2 * uniforms.labels + 1;
  let inside = b < uniforms.batch;
  let last = select(0, min(T, steps_[min(b, uniforms.batch - 1)]), inside);
  for (var t = lane; t < last; t += WORKGROUP) {
    let at = (b * T + t) * K;
    var top = x[at];
    for (var k = 1; k < K; k++) { top = max(top, x[at + k]); }
    var sum = 0.0;
    for (var k = 0; k < K; k++) { sum += exp(x[at + k] - top); }
    lse[b * T + t] = top + log(sum);
  }
  storageBarrier();
  let states = select(0, 2 * lengthOf(b) + 1, inside);
  for (var t = 0; t < T; t++) {
    for (var s = lane; s < select(0, L, inside && t < last); s += WORKGROUP) {
      let to = (b * T + t) * L + s;
      var sum = NEVER;
      if (s < states) {
        if (t == 0) {
          if (s < 2) { sum = 0.0; }
        } else {
          sum = alpha[to - L];
          if (s > 0) { sum = bothOf(sum, alpha[to - L - 1]); }
          if (skips(b, s)) { sum = bothOf(sum, alpha[to - L - 2]); }
        }
        if (sum > NEVER) { sum += x[(b * T + t) * K + labelOf(b, s)] - lse[b * T + t]; }
      }
      alpha[to] = sum;
    }
    storageBarrier();
  }
  if (lane == 0 && inside) {
    var total = select(NEVER, 0.0, states == 1); // of no steps only the empty target can come
    if (last > 0) {
      let end = (b * T + last - 1) * L + states - 1;
      total = alpha[end];
      if (states > 1) { total = bothOf(total, alpha[end - 1]); }
    }
    var loss = select(-total, uniforms.impossible, total <= NEVER);
    // what is no number, and labels that are no class, never give a number that looks right
    for (var t = 0; t < last; t++) { if (isnan(lse[b * T + t])) { loss = uniforms.NAN; } }
    for (var i = 0; i < uniforms.labels; i++) {
      let label = target_[b * uniforms.labels + i];
      if (label >= K || label == uniforms.blank) { loss = uniforms.NAN; }
    }
    result[b] = loss;
  }
}
