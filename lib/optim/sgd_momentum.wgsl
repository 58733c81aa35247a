// g' = scale g + decay w
// b <- momentum b + taken g'
// w <- w - lr (ofGradient g' + ofBuffer b), which is b itself, or with Nesterov's rule g' + momentum b
// One thread per element.

fn update(i : u32) {
  let gradient = scale() * g[i] + decay() * w[i];
  let buffer = kept() * b[i] + taken() * gradient;
  b[i] = buffer;
  w[i] -= lr() * (ofGradient() * gradient + ofBuffer() * buffer);
}
