// All steps of a recurrent layer; one workgroup a row of the batch, a thread for every unit. Tensors are [T, B, ...].
// s = W h' + bias; (h, c) = advance(x, s, h', c'), which the file of the cell defines. What comes before defines counts(t, b).
// weight is given transposed, [H, GATES H], so that neighbours read neighbours.

fn main(index : i32) {
  let lane = i32(localId.x);
  let b = index / WORKGROUP;
  let H = uniforms.hidden;
  let B = uniforms.batch;
  let end = select(0, H, b < B); // past 65,535 rows there are more workgroups than rows
  for (var u = lane; u < end; u += WORKGROUP) {
    for (var k = 0; k < STATES; k++) {
      last[(k * B + b) * H + u] = state[(k * B + b) * H + u];
    }
  }
  for (var i = 0; i < uniforms.steps; i++) {
    let t = select(i, uniforms.steps - 1 - i, REVERSE == 1);
    let earlier = (select(t - 1, t + 1, REVERSE == 1) * B + b) * H;
    let at = t * B + b;
    for (var u = lane; u < end; u += WORKGROUP) {
      var x : array<f32, GATES>;
      var s : array<f32, GATES>;
      for (var g = 0; g < GATES; g++) {
        x[g] = x_[(at * GATES + g) * H + u];
        s[g] = bias[g * H + u];
      }
      var sum = vec4<f32>(); // in a register, where an array that a loop goes through would be in memory
      for (var k = 0; k < H; k++) {
        var h : f32;
        if (i == 0) { h = state[b * H + k]; } else { h = result[earlier + k]; }
        let w = k * GATES * H + u;
        sum.x += h * weight[w];
        if (GATES > 1) { sum.y += h * weight[w + H]; }
        if (GATES > 2) { sum.z += h * weight[w + 2 * H]; }
        if (GATES > 3) { sum.w += h * weight[w + 3 * H]; }
      }
      for (var g = 0; g < GATES; g++) { s[g] += sum[g]; }
      let before = last[b * H + u];
      let memory = (B * (STATES - 1) + b) * H + u;
      var after = before;
      if (counts(t, b)) {
        let made = advance(x, s, before, last[memory]);
        after = made.h;
        if (STATES > 1) { last[memory] = made.c; }
        for (var k = 0; k < KEEPS; k++) { kept[placeOf(t, k, b, u)] = made.kept[k]; }
      }
      last[b * H + u] = after;
      result[at * H + u] = after;
    }
    storageBarrier();
  }
}
