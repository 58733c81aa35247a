// h = f(x + s), f being tanh, or ReLU where RELU is 1. Kept: h.

fn advance(x : array<f32, GATES>, s : array<f32, GATES>, h : f32, c : f32) -> Made {
  let sum = x[0] + s[0];
  let now = select(tangent(sum), max(sum, 0.0), RELU == 1);
  return Made(now, 0.0, array<f32, KEEPS>(now));
}

fn back(kept : array<f32, KEEPS>, dh : f32, dc : f32) -> Slopes {
  let h = kept[0];
  let d = array<f32, GATES>(dh * select(1.0 - h * h, select(0.0, 1.0, h > 0.0), RELU == 1));
  return Slopes(0.0, 0.0, d, d);
}
