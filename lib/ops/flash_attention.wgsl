// y = softmax(scale q k^T + mask) v, without the weights ever being stored (FlashAttention's "online softmax").
// rows[r] = (the row's largest score, 1 / the sum of its exponentials, room for the gradient).
// One thread a query, as flash_attention_rows.wgsl starts them.

// The query in `row` sees the keys before `end`; some thread of the workgroup sees those before `last`.
fn attend(
  row : u32,
  keyRow : u32,
  maskRow : u32,
  end : u32,
  last : u32,
  lane : u32,
  inside : bool,
) {
  var query : array<vec4<f32>, D4>;
  for (var c = 0u; c < D4; c++) { query[c] = uniforms.scale * q(row, c); }
  var sum : array<vec4<f32>, E4>;
  var top = LOWEST;
  var total = 0.0;
  for (var start = 0u; start < last; start += TILE) {
    fetch(start, last, keyRow, lane);
    let count = min(TILE, max(end, start) - start);
    var scores : array<f32, TILE>;
    var high = top;
    for (var j = 0u; j < count; j++) {
      var score = mask(maskRow + (start + j) * uniforms.maskS);
      for (var c = 0u; c < D4; c++) { score += dot(query[c], keys[j * D4 + c]); }
      scores[j] = score;
      high = max(high, score);
    }
    let shrink = exp(top - high);
    top = high;
    total *= shrink;
    for (var c = 0u; c < E4; c++) { sum[c] *= shrink; }
    for (var j = 0u; j < count; j++) {
      let e = exp(scores[j] - top);
      total += e;
      let weight = e * kept(row, start + j);
      for (var c = 0u; c < E4; c++) { sum[c] += weight * values[j * E4 + c]; }
    }
  }
  if (inside) {
    var norm = 0.0; // a row that sees nothing gives 0, not NaN
    if (total != 0.0) { norm = 1.0 / total; }
    for (var c = 0u; c < E4; c++) { set_y(row, c, norm * sum[c]); }
    rows[3u * row] = top;
    rows[3u * row + 1u] = norm;
  }
}
