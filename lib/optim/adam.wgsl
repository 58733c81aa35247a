// g' = scale g + l2 w                       Adam adds the decay to the gradient,
// m <- m + (1 - beta1) (g' - m)
// v <- beta2 v + (1 - beta2) g'^2
// w <- keep w - rate m / (unbias sqrt(v) + eps)     AdamW multiplies the weight by keep = 1 - lr * decay
// with rate = lr / (1 - beta1^t) and unbias = 1 / sqrt(1 - beta2^t). One thread per element.

fn update(i : u32) {
  let gradient = scale() * g[i] + l2() * w[i];
  let first = m[i] + toFirst() * (gradient - m[i]);
  let second = beta2() * v[i] + toSecond() * gradient * gradient;
  m[i] = first;
  v[i] = second;
  w[i] = keep() * w[i] - rate() * first / (sqrt(second) * unbias() + eps());
}
