// result[offset + group] = sum of x[i]^2, or of x[i] where `square` is 0, over the elements of a workgroup
// The threads of all workgroups stride across the elements; each workgroup then adds up its threads in a tree.

struct Uniforms {
  size : u32,
  stride : u32,
  offset : u32,
  square : u32,
}
@group(0) @binding(0) var<storage, read_write> result : array<f32>;
@group(0) @binding(1) var<storage, read> x : array<f32>;
@group(0) @binding(2) var<uniform> uniforms : Uniforms;

var<workgroup> partial : array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id : vec3<u32>,
  @builtin(local_invocation_id) local : vec3<u32>,
  @builtin(workgroup_id) group : vec3<u32>,
) {
  var sum = 0.0;
  for (var i = id.x; i < uniforms.size; i += uniforms.stride) {
    let v = x[i];
    sum += select(v, v * v, uniforms.square == 1u);
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
    if (local.x < width) { partial[local.x] += partial[local.x + width]; }
    workgroupBarrier();
  }
  if (local.x == 0u) { result[uniforms.offset + group.x] = partial[0]; }
}
