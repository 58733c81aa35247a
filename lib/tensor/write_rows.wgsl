// target[n, start + t, d] = x[n, t, d], for x of [N, T, D] and target of [N, C, D]. One thread an element of x.

struct Uniforms {
  size : u32,
  stride : u32,
  rows : u32,
  capacity : u32,
  columns : u32,
  start : f32,
}
@group(0) @binding(0) var<storage, read_write> target_ : array<f32>;
@group(0) @binding(1) var<storage, read> x : array<f32>;
@group(0) @binding(2) var<uniform> uniforms : Uniforms;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  let start = u32(uniforms.start);
  for (var i = id.x; i < uniforms.size; i += uniforms.stride) {
    let d = i % uniforms.columns;
    let t = (i / uniforms.columns) % uniforms.rows;
    let n = i / (uniforms.columns * uniforms.rows);
    target_[(n * uniforms.capacity + start + t) * uniforms.columns + d] = x[i];
  }
}
