// g' = scale g + decay w
// s <- alpha s + (1 - alpha) g'^2
// w <- w - lr g' / (sqrt(s) + eps). One thread per element.

fn update(i : u32) {
  let gradient = scale() * g[i] + decay() * w[i];
  let square = alpha() * s[i] + toSquare() * gradient * gradient;
  s[i] = square;
  w[i] -= lr() * gradient / (sqrt(square) + eps());
}
