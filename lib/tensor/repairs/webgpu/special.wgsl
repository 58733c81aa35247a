// W15: what JavaScript, and the other devices, give for NaN, infinities and zeros.
// The backend adds isnan(), isinf() and the uniforms.

fn isOdd(a : f32) -> bool { return abs(a) % 2.0 == 1.0; }
fn specialModulo(a : f32, b : f32) -> f32 {
  if (isnan(a) || isnan(b) || isinf(a) || b == 0.0) { return uniforms.NAN; }
  if (isinf(b)) { return select(uniforms.NAN, a, a == 0.0 || (a < 0.0) == (b < 0.0)); }
  let rest = a % b;
  if ((a < 0.0 && b < 0.0) || (a >= 0.0 && b >= 0.0)) { return rest; }
  return (rest + b) % b;
}
fn specialPower(a : f32, b : f32) -> f32 {
  if (b == 0.0) { return 1.0; }
  if (isnan(a) || isnan(b) || (isinf(b) && abs(a) == 1.0)) { return uniforms.NAN; }
  if (isinf(b)) { return select(0.0, uniforms.INFINITY, (abs(a) > 1.0) == (b > 0.0)); }
  let negative = a < 0.0 && isOdd(b);
  if (a == 0.0) { return select(uniforms.INFINITY, 0.0, b > 0.0); }
  if (a < 0.0 && floor(b) != b) { return select(uniforms.NAN, pow(abs(a), b), isinf(a)); }
  return select(1.0, -1.0, negative) * pow(abs(a), b);
}
fn specialAtan2(a : f32, b : f32) -> f32 {
  if (isnan(a) || isnan(b)) { return uniforms.NAN; }
  let pi = 3.14159265;
  if (isinf(a)) { return sign(a) * select(pi * 0.5, select(pi * 0.75, pi * 0.25, b > 0.0), isinf(b)); }
  if (isinf(b)) { return select(select(-pi, pi, a >= 0.0), 0.0, b > 0.0); }
  if (a == 0.0) { return select(0.0, pi, b < 0.0); }
  return atan2(a, b);
}
fn specialFloorDivide(a : f32, b : f32) -> f32 {
  // the result is int32, where JavaScript makes 0 of what is not finite
  if (isnan(a) || isnan(b) || isinf(a) || isinf(b) || b == 0.0) { return 0.0; }
  let rest = select(a % b, round(a % b), round(a) == a && round(b) == b);
  let quotient = (a - rest) / b;
  return round(select(quotient, quotient - 1.0, rest != 0.0 && (rest < 0.0) != (b < 0.0)));
}
