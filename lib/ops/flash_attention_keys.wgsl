// The gradients of keys and values: dk = scale sum_r ds q[r], dv = sum_r p kept dy[r], over the queries r that see the
// key, of every head that shares it; p and ds as in flash_attention_queries.wgsl.
// One thread a key: a workgroup takes BLOCK keys of a key head, and goes through the queries TILE at a time.

var<workgroup> queries : array<vec4<f32>, TILE * D4>;
var<workgroup> grads : array<vec4<f32>, TILE * E4>;

@compute @workgroup_size(BLOCK)
fn main(
  @builtin(workgroup_id) workgroup : vec3<u32>,
  @builtin(num_workgroups) workgroups : vec3<u32>,
  @builtin(local_invocation_index) lane : u32,
) {
  let blocks = (uniforms.S + BLOCK - 1u) / BLOCK; // of a key head
  for (var block = workgroup.x; block < uniforms.blocks; block += workgroups.x) {
    let keyHead = block / blocks;
    let first = (block % blocks) * BLOCK;
    let s = min(first + lane, uniforms.S - 1u); // threads past the end repeat the last key
    let keyRow = keyHead * uniforms.S + s;
    let own = firstQuery(s);
    let earliest = firstQuery(first); // of all threads
    var key : array<vec4<f32>, D4>;
    for (var c = 0u; c < D4; c++) { key[c] = uniforms.scale * k(keyRow, c); }
    var value : array<vec4<f32>, E4>;
    for (var c = 0u; c < E4; c++) { value[c] = v(keyRow, c); }
    var keySum : array<vec4<f32>, D4>;
    var valueSum : array<vec4<f32>, E4>;
    for (var member = 0u; member < uniforms.group; member++) {
      let head = keyHead * uniforms.group + member;
      for (var start = earliest; start < uniforms.T; start += TILE) {
        let queryRow = head * uniforms.T + start;
        let count = min(TILE, uniforms.T - start);
        workgroupBarrier();
        for (var i = lane; i < count * D4; i += BLOCK) { queries[i] = q(queryRow + i / D4, i % D4); }
        for (var i = lane; i < count * E4; i += BLOCK) { grads[i] = dy(queryRow + i / E4, i % E4); }
        workgroupBarrier();
        for (var j = max(own, start) - start; j < count; j++) {
          let row = queryRow + j;
          var score = mask(maskOf(head, start + j) + s * uniforms.maskS);
          for (var c = 0u; c < D4; c++) { score += dot(key[c], queries[j * D4 + c]); }
          var dp = 0.0;
          for (var c = 0u; c < E4; c++) { dp += dot(value[c], grads[j * E4 + c]); }
          let p = exp(score - rows[3u * row]) * rows[3u * row + 1u];
          let gain = kept(row, s);
          let ds = p * (gain * dp - rows[3u * row + 2u]);
          for (var c = 0u; c < D4; c++) { keySum[c] += ds * queries[j * D4 + c]; }
          for (var c = 0u; c < E4; c++) { valueSum[c] += p * gain * grads[j * E4 + c]; }
        }
      }
    }
    if (first + lane < uniforms.S) {
      for (var c = 0u; c < D4; c++) { set_dk(keyRow, c, uniforms.scale * keySum[c]); }
      for (var c = 0u; c < E4; c++) { set_dv(keyRow, c, valueSum[c]); }
    }
  }
}

// The first query that sees a key.
fn firstQuery(s : u32) -> u32 {
  if (CAUSAL == 0u) { return 0u; }
  return u32(max(0, i32(s + uniforms.T) - i32(uniforms.S)));
}
