// The place of an element of matrices [height, width], which are part of larger ones, [rows, columns], from row `first` on.
fn placeOf(index : i32) -> i32 {
  let row = index / uniforms.width;
  let matrix = row / uniforms.height;
  return (matrix * uniforms.rows + uniforms.first + row % uniforms.height) * uniforms.columns +
    index % uniforms.width;
}
