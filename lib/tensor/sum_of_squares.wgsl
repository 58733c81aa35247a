// result[offset + group] = sum over the threads of the group of sumOf(group, thread), in a tree

var<workgroup> partial : array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_id) local : vec3<u32>,
  @builtin(workgroup_id) group : vec3<u32>,
) {
  partial[local.x] = sumOf(group.x, local.x);
  workgroupBarrier();
  for (var width = WORKGROUP / 2u; width > 0u; width /= 2u) {
    if (local.x < width) { partial[local.x] += partial[local.x + width]; }
    workgroupBarrier();
  }
  if (local.x == 0u) { result[uniforms.offset + group.x] = partial[0]; }
}
