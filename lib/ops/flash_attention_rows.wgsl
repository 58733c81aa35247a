// One thread a query: a workgroup takes BLOCK queries of a head, and goes through the keys TILE at a time.

var<workgroup> keys : array<vec4<f32>, TILE * D4>;
var<workgroup> values : array<vec4<f32>, TILE * E4>;

// Reads the keys and values from `start` on, for all threads.
fn fetch(start : u32, last : u32, keyRow : u32, lane : u32) {
  workgroupBarrier();
  let filled = min(TILE, last - start);
  for (var i = lane; i < filled * D4; i += BLOCK) { keys[i] = k(keyRow + start + i / D4, i % D4); }
  for (var i = lane; i < filled * E4; i += BLOCK) { values[i] = v(keyRow + start + i / E4, i % E4); }
  workgroupBarrier();
}

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
    let last = seen(min(first + BLOCK, uniforms.T) - 1u); // of all threads
    attend(row, keyRow, maskRow, seen(t), last, lane, first + lane < uniforms.T);
  }
}
