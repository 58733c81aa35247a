// y = x Phi(x), one thread an element; GRADIENT multiplies dy by the derivative Phi(x) + x phi(x) instead.
// TANH uses the approximation Phi(x) = sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)).

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let v = x[index];
  var distribution = 0.0;
  var slope = 0.0; // derivative of the distribution
  if (TANH == 1) {
    let u = 1.5957691216057308 * v * (1.0 + 0.044715 * v * v);
    distribution = 1.0 / (1.0 + exp(-u));
    slope = distribution * (1.0 - distribution) * 1.5957691216057308 * (1.0 + 0.134145 * v * v);
  } else {
    slope = 0.3989422804014327 * exp(-0.5 * v * v);
    let t = 1.0 / (1.0 + 0.2316419 * abs(v)); // Abramowitz and Stegun 26.2.17
    let tail = slope * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 +
      t * (-1.821255978 + t * 1.330274429))));
    distribution = select(1.0 - tail, tail, v < 0.0);
  }
  if (GRADIENT == 1) {
    result[index] = dy[index] * (distribution + select(v * slope, 0.0, slope == 0.0));
  } else {
    result[index] = select(v * distribution, 0.0, distribution == 0.0);
  }
}
