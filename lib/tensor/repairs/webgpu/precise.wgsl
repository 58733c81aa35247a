// W16: elementwise functions that the stock programs compute as differences of nearly equal numbers.
// The backend adds isnan() and the uniforms.

fn preciseExpm1(a : f32) -> f32 {
  if (abs(a) > 0.35) { return exp(a) - 1.0; }
  return a * (1.0 + a * (0.5 + a * (1.0 / 6.0 + a * (1.0 / 24.0 + a * (1.0 / 120.0 + a * (1.0 / 720.0 + a * (1.0 / 5040.0 + a / 40320.0)))))));
}
fn preciseLog1p(a : f32) -> f32 {
  if (isnan(a) || a < -1.0) { return uniforms.NAN; }
  if (a < -0.5 || a > 1.0) { return log(1.0 + a); }
  let s = a / (2.0 + a); // log(1 + a) = 2 artanh(s)
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0 + q / 15.0)))))));
}
fn preciseTanh(a : f32) -> f32 {
  if (isnan(a)) { return a; }
  let t = preciseExpm1(-2.0 * abs(a));
  return sign(a) * (-t / (2.0 + t));
}
fn preciseSinh(a : f32) -> f32 {
  if (abs(a) > 20.0) { return sign(a) * exp(abs(a) - 0.69314718); }
  let t = preciseExpm1(abs(a));
  return sign(a) * 0.5 * (t + t / (1.0 + t));
}
fn preciseAsinh(a : f32) -> f32 {
  let x = abs(a);
  if (isnan(a)) { return a; }
  if (x > 1e9) { return sign(a) * (log(x) + 0.69314718); }
  return sign(a) * preciseLog1p(x + x * x / (1.0 + sqrt(x * x + 1.0)));
}
fn preciseAtanh(a : f32) -> f32 {
  let x = abs(a);
  if (isnan(a) || x > 1.0) { return uniforms.NAN; }
  if (x == 1.0) { return sign(a) * uniforms.INFINITY; }
  return sign(a) * 0.5 * preciseLog1p(2.0 * x / (1.0 - x));
}
fn preciseErf(a : f32) -> f32 {
  let q = a * a;
  return 1.1283791671 * a * (1.0 - q * (1.0 / 3.0 - q * (0.1 - q * (1.0 / 42.0 - q * (1.0 / 216.0 - q / 1320.0)))));
}
fn preciseRelu6(a : f32) -> f32 { if (isnan(a)) { return a; } return clamp(a, 0.0, 6.0); }
fn preciseElu(a : f32) -> f32 { if (a >= 0.0) { return a; } return preciseExpm1(a); }
