// PACK: result[i] = x[2 i] and x[2 i + 1] as float16, clamped to its range; else back. One thread two numbers.

struct Uniforms {
  size : u32,
  stride : u32,
}
@group(0) @binding(0) var<storage, read_write> result : array<Result>;
@group(0) @binding(1) var<storage, read> x : array<Given>;
@group(0) @binding(2) var<uniform> uniforms : Uniforms;

const LARGEST = 65504.0;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id : vec3<u32>) {
  for (var i = id.x; 2u * i < uniforms.size; i += uniforms.stride) {
    convert(i);
  }
}
