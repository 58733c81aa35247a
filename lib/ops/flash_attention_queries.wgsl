// The gradient of the queries, dq = scale sum_s ds k[s], with the weights p computed anew:
// ds = p (dp - delta), dp = kept dy . v[s], delta = dy . y, which rows[r] keeps for the gradients of keys and values.
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
      workgroupBarrier();
      let filled = min(TILE, last - start);
      for (var i = lane; i < filled * D4; i += BLOCK) { keys[i] = k(keyRow + start + i / D4, i % D4); }
      for (var i = lane; i < filled * E4; i += BLOCK) { values[i] = v(keyRow + start + i / E4, i % E4); }
      workgroupBarrier();
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
    if (first + lane < uniforms.T) {
      for (var c = 0u; c < D4; c++) { set_dq(row, c, uniforms.scale * sum[c]); }
      rows[3u * row + 2u] = delta;
    }
  }
}
