// g' = scale g + decay w
// s <- alpha s + (1 - alpha) g'^2
// a <- a + centre (g' - a)                 centre = 1 - alpha, or 0 where the mean is not taken off: a stays 0
// b <- momentum b + g' / (sqrt(s - a^2) + eps), the root of 0 where rounding leaves less
// w <- w - lr b. One thread per element.

fn update(i : u32) {
  let gradient = scale() * g[i] + decay() * w[i];
  let square = alpha() * s[i] + toSquare() * gradient * gradient;
  let mean = a[i] + centre() * (gradient - a[i]);
  let direction = momentum() * b[i] + gradient / (sqrt(max(square - mean * mean, 0.0)) + eps());
  s[i] = square;
  a[i] = mean;
  b[i] = direction;
  w[i] -= lr() * direction;
}
