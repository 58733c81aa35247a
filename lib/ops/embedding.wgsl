// result[r, c] = weight[ids[r], c] + place(r, c), one thread an element; see what comes before for place().

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let cols = uniforms.weightShape[1];
  let r = index / cols;
  let c = index % cols;
  let id = ids[r];
  var v = uniforms.NAN; // an id outside the table has no vector: never a number that looks right
  if (id >= 0 && id < uniforms.weightShape[0]) { v = weight[id * cols + c]; }
  result[index] = v + place(r, c);
}
