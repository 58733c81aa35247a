// w <- keep w - lr d, with keep = 1 - lr * decay of the rate before it was adjusted. One thread per element.

fn update(i : u32) {
  w[i] = keep() * w[i] - lr() * d[i];
}
