// One thread a number.
fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let columns = uniforms.outShape[1];
  let row = index / columns;
  let column = index % columns;
  var word = column / 4;
  var lane = column % 4;
  if (BITS == 4) {
    word = (column / 32) * 4 + (column % 8) / 2;
    lane = (column % 2) * 4 + (column % 32) / 8;
  }
  let code = codeOf(codes[row * uniforms.codesShape[1] + word], lane);
  result[index] = scales[row * uniforms.scalesShape[1] + column / uniforms.group] * code;
}
