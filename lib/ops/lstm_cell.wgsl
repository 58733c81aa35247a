// i, f, o = sigma(x + s), g = tanh(x + s), in the order i, f, g, o; c = f c' + i g, h = o tanh(c). Kept: i, f, g, o, c'.

fn advance(x : array<f32, GATES>, s : array<f32, GATES>, h : f32, c : f32) -> Made {
  let i = sigma(x[0] + s[0]);
  let f = sigma(x[1] + s[1]);
  let g = tangent(x[2] + s[2]);
  let o = sigma(x[3] + s[3]);
  let now = f * c + i * g;
  return Made(o * tangent(now), now, array<f32, KEEPS>(i, f, g, o, c));
}

fn back(kept : array<f32, KEEPS>, dh : f32, given : f32) -> Slopes {
  let i = kept[0];
  let f = kept[1];
  let g = kept[2];
  let o = kept[3];
  let bent = tangent(f * kept[4] + i * g);
  let dc = given + dh * o * (1.0 - bent * bent);
  let d = array<f32, GATES>(dc * g * i * (1.0 - i), dc * kept[4] * f * (1.0 - f), dc * i * (1.0 - g * g), dh * bent * o * (1.0 - o));
  return Slopes(0.0, dc * f, d, d);
}
