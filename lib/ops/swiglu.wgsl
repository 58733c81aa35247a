// s = sigmoid(gate), one thread an element; what comes before defines give(i, s, gate s).

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let s = 1.0 / (1.0 + exp(-gate[index]));
  give(index, s, select(gate[index] * s, 0.0, s == 0.0));
}
