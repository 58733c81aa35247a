// The way back through all steps of a recurrent layer: result[t] are the gradients of x, hidden(t) those of s, and dstate
// what flows on to the step before: (dh', dc') = back(kept, dh, dc), and dh' += hidden(t) W.
// One workgroup a row of the batch, a thread for every unit; what comes before defines counts(t, b), hidden and setHidden.

fn fromHidden(t : i32, b : i32, u : i32) -> f32 {
  let H = uniforms.hidden;
  let start = (t * uniforms.batch + b) * GATES * H;
  var sum = 0.0;
  for (var j = 0; j < GATES * H; j++) { sum += hidden(start + j) * weight[j * H + u]; }
  return sum;
}

fn main(index : i32) {
  let lane = i32(localId.x);
  let b = index / WORKGROUP;
  let H = uniforms.hidden;
  let B = uniforms.batch;
  let end = select(0, H, b < B);
  let first = select(0, uniforms.steps - 1, REVERSE == 1);
  for (var u = lane; u < end; u += WORKGROUP) {
    for (var k = 0; k < STATES; k++) {
      dstate[(k * B + b) * H + u] = dlast[(k * B + b) * H + u];
    }
  }
  for (var i = uniforms.steps - 1; i >= 0; i--) {
    let t = select(i, uniforms.steps - 1 - i, REVERSE == 1);
    let after = select(t + 1, t - 1, REVERSE == 1);
    for (var u = lane; u < end; u += WORKGROUP) {
      let at = t * B + b;
      let memory = (B * (STATES - 1) + b) * H + u;
      var dh = dy[at * H + u] + dstate[b * H + u];
      if (i < uniforms.steps - 1) { dh += fromHidden(after, b, u); }
      var made = Slopes(); // naga sets a variable without a value to 0 once, and not each time round
      made.h = dh;
      if (counts(t, b)) {
        var old : array<f32, KEEPS>;
        for (var k = 0; k < KEEPS; k++) { old[k] = kept[placeOf(t, k, b, u)]; }
        var dc = 0.0;
        if (STATES > 1) { dc = dstate[memory]; }
        made = back(old, dh, dc);
        if (STATES > 1) { dstate[memory] = made.c; }
      }
      dstate[b * H + u] = made.h;
      for (var g = 0; g < GATES; g++) {
        result[(at * GATES + g) * H + u] = made.x[g];
        setHidden((at * GATES + g) * H + u, made.s[g]);
      }
    }
    storageBarrier();
  }
  for (var u = lane; u < end; u += WORKGROUP) {
    if (uniforms.steps > 0) { dstate[b * H + u] += fromHidden(first, b, u); }
  }
}
