// y = softmax(scale q k^T + mask) v, without the weights ever being stored (FlashAttention's "online softmax").
// rows[r] = (the row's largest score, 1 / the sum of its exponentials, room for the gradient).
// One thread a query: a workgroup takes BLOCK queries of a head, and goes through the keys TILE at a time.

var<workgroup> keys : array<vec4<f32>, TILE * D4>;
var<workgroup> values : array<vec4<f32>, TILE * E4>;

@compute @workgroup_size(BLOCK)
fn main(
  @builtin(workgroup_id) workgroup : vec3<u32>,
  @builtin(num_workgroups) workgroups : vec3<u32>,
  @builtin(local_invocation_index) lane : u32,
) {
  let blocks = (uniforms.T + BLOCK - 1u) / BLOCK; // of a head
  for (var block = workgroup.x; block < uniforms.blocks; block += workgroups.x) {
    let head = block / blocks;
    let first = (block % blocks) * BLOCK;
    let t = min(first + lane, uniforms.T - 1u); // threads past the end repeat the last query
    let row = head * uniforms.T + t;
    let keyRow = (head / uniforms.group) * uniforms.S;
    let maskRow = maskOf(head, t);
    let end = seen(t);
    let last = seen(min(first + BLOCK, uniforms.T) - 1u); // of all threads
    var query : array<vec4<f32>, D4>;
    for (var c = 0u; c < D4; c++) { query[c] = uniforms.scale * q(row, c); }
    var sum : array<vec4<f32>, E4>;
    var top = LOWEST;
    var total = 0.0;
    for (var start = 0u; start < last; start += TILE) {
      workgroupBarrier();
      let filled = min(TILE, last - start);
      for (var i = lane; i < filled * D4; i += BLOCK) { keys[i] = k(keyRow + start + i / D4, i % D4); }
      for (var i = lane; i < filled * E4; i += BLOCK) { values[i] = v(keyRow + start + i / E4, i % E4); }
      workgroupBarrier();
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
    if (first + lane < uniforms.T) {
      var norm = 0.0; // a row that sees nothing gives 0, not NaN
      if (total != 0.0) { norm = 1.0 / total; }
      for (var c = 0u; c < E4; c++) { set_y(row, c, norm * sum[c]); }
      rows[3u * row] = top;
      rows[3u * row + 1u] = norm;
    }
  }
}
