// The sums of all parts, one thread a column; finish(c, sums) says what is stored.

fn main(index : i32) {
  if (index >= uniforms.size) { return; }
  let cols = uniforms.size;
  var sums = vec2<f32>(0.0, 0.0);
  for (var part = 0; part < PARTS; part++) {
    sums += vec2<f32>(parts[(part * 2) * cols + index], parts[(part * 2 + 1) * cols + index]);
  }
  finish(index, sums);
}
