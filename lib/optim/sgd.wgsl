// g' = scale g + decay w
// w <- w - lr g'. One thread per element.

fn update(i : u32) {
  w[i] -= lr() * (scale() * g[i] + decay() * w[i]);
}
