// y = gate s up with s = sigmoid(gate), one thread an element.
// GRADIENT 1: the first half of the result is dgate = dy up (s + gate s (1 - s)), the second dup = dy gate s.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  var i = index;
  if (GRADIENT == 1) { i = index % (uniforms.size / 2); }
  let g = gate[i];
  let s = 1.0 / (1.0 + exp(-g));
  let gs = select(g * s, 0.0, s == 0.0);
  if (GRADIENT == 0) {
    result[index] = gs * up[i];
  } else if (index == i) {
    result[index] = dy[i] * up[i] * (s + gs * (1.0 - s));
  } else {
    result[index] = dy[i] * gs;
  }
}
