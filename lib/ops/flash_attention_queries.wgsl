// The gradient of the queries, dq = scale sum_s ds k[s], with the weights p computed anew:
// ds = p (dp - delta), dp = kept dy . v[s], delta = dy . y, which rows[r] keeps for the gradients of keys and values.
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
  var grad : array<vec4<f32>, E4>;
  var delta = 0.0;
  for (var c = 0u; c < E4; c++) {
    grad[c] = dy(row, c);
    delta += dot(grad[c], y(row, c));
  }
  let top = rows[3u * row];
  let norm = rows[3u * row + 1u];
  var sum : array<vec4<f32>, D4>;
  for (var start = 0u; start < last; start += TILE) {
    fetch(start, last, keyRow, lane);
    let count = min(TILE, max(end, start) - start);
    for (var j = 0u; j < count; j++) {
      var score = mask(maskRow + (start + j) * uniforms.maskS);
      for (var c = 0u; c < D4; c++) { score += dot(query[c], keys[j * D4 + c]); }
      var dp = 0.0;
      for (var c = 0u; c < E4; c++) { dp += dot(grad[c], values[j * E4 + c]); }
      let ds = exp(score - top) * norm * (dp * kept(row, start + j) - delta);
      for (var c = 0u; c < D4; c++) { sum[c] += ds * keys[j * D4 + c]; }
    }
  }
  if (inside) {
    for (var c = 0u; c < D4; c++) { set_dq(row, c, uniforms.scale * sum[c]); }
    rows[3u * row + 2u] = delta;
  }
}
