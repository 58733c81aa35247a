// a <- a + rate (w - a). One thread per element.

fn update(i : u32) {
  a[i] += rate() * (w[i] - a[i]);
}
