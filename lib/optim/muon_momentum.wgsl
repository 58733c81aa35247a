// g' = scale g
// b <- b + toMean (g' - b)
// d = g' + ahead (b - g')     ahead = momentum with Nesterov's rule, else 1: d = b. One thread per element.

fn update(i : u32) {
  let gradient = scale() * g[i];
  let mean = b[i] + toMean() * (gradient - b[i]);
  b[i] = mean;
  d[i] = gradient + ahead() * (mean - gradient);
}
