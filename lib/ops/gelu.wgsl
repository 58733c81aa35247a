// y = x Phi(x), one thread an element; GRADIENT multiplies dy by the derivative Phi(x) + x phi(x) instead.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let v = x[index];
  if (GRADIENT == 1) {
    let share = geluShare(v);
    result[index] = dy[index] * (share.x + select(v * share.y, 0.0, share.y == 0.0));
  } else {
    result[index] = geluOf(v);
  }
}
