// What GELU multiplies v by, Phi(v), and its derivative.
// TANH uses the approximation Phi(x) = sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)).
fn geluShare(v : f32) -> vec2f {
  if (TANH == 1) {
    let u = 1.5957691216057308 * v * (1.0 + 0.044715 * v * v);
    let share = 1.0 / (1.0 + exp(-u));
    return vec2f(share, share * (1.0 - share) * 1.5957691216057308 * (1.0 + 0.134145 * v * v));
  }
  let density = 0.3989422804014327 * exp(-0.5 * v * v);
  let t = 1.0 / (1.0 + 0.2316419 * abs(v)); // Abramowitz and Stegun 26.2.17
  let tail = density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 +
    t * (-1.821255978 + t * 1.330274429))));
  return vec2f(select(1.0 - tail, tail, v < 0.0), density);
}

fn geluOf(v : f32) -> f32 {
  let share = geluShare(v).x;
  return select(v * share, 0.0, share == 0.0);
}
