// g' = scale g
// w <- keep w - lr sign(m + (1 - beta1) (g' - m))     keep = 1 - lr * decay
// m <- m + (1 - beta2) (g' - m). One thread per element.

fn update(i : u32) {
  let away = scale() * g[i] - m[i];
  w[i] = keep() * w[i] - lr() * sign(m[i] + ofStep() * away);
  m[i] += ofMean() * away;
}
