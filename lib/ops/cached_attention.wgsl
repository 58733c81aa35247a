// One workgroup a query: result[row, e] = sum_s softmax_s(q[row] . k[s] scale) v[s, e] over the keys that the query sees.
// Rows are [B, H, T]; query t of T sees the first length - T + t + 1 of the CAPACITY keys of its group. Keys come in blocks
// of WORKGROUP, from the first of the latest `window` on, with the softmax corrected whenever a block has a larger score.

struct Uniforms {
  rows : u32,
  heads : u32,
  tokens : u32,
  group : u32,
  capacity : u32,
  window : u32,
  length : f32,
  scale : f32,
}
@group(0) @binding(0) var<storage, read_write> result : array<f32>;
@group(0) @binding(1) var<storage, read> q : array<f32>;
@group(0) @binding(2) var<storage, read> k : array<f32>;
@group(0) @binding(3) var<storage, read> v : array<f32>;
@group(0) @binding(4) var<uniform> uniforms : Uniforms;

const LANES = (E + WORKGROUP - 1u) / WORKGROUP; // elements of the output that a thread adds up

var<workgroup> query : array<f32, D>;
var<workgroup> scores : array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup : vec3<u32>,
  @builtin(local_invocation_id) thread : vec3<u32>,
) {
  let row = workgroup.x;
  let local = thread.x;
  let t = row % uniforms.tokens;
  let head = row / uniforms.tokens; // of all heads of all sequences; groups of heads share keys in the same order
  let start = head / uniforms.group * uniforms.capacity;
  let seen = u32(uniforms.length) - uniforms.tokens + t + 1u;
  for (var d = local; d < D; d += WORKGROUP) { query[d] = q[row * D + d] * uniforms.scale; }
  var top = -3.4e38;
  var total = 0.0;
  var sums : array<f32, LANES>;
  workgroupBarrier();
  for (var first = max(seen, uniforms.window) - uniforms.window; first < seen; first += WORKGROUP) {
    let here = min(WORKGROUP, seen - first);
    var score = -3.4e38;
    if (local < here) {
      let at = (start + first + local) * D;
      score = 0.0;
      for (var d = 0u; d < D; d++) { score += query[d] * k[at + d]; }
    }
    scores[local] = score;
    workgroupBarrier();
    var larger = top;
    for (var s = 0u; s < here; s++) { larger = max(larger, scores[s]); }
    let kept = exp(top - larger);
    top = larger;
    total *= kept;
    for (var s = 0u; s < here; s++) { total += exp(scores[s] - top); }
    for (var lane = 0u; lane < LANES; lane++) {
      let e = lane * WORKGROUP + local;
      if (e < E) {
        var sum = sums[lane] * kept;
        for (var s = 0u; s < here; s++) {
          sum += exp(scores[s] - top) * v[(start + first + s) * E + e];
        }
        sums[lane] = sum;
      }
    }
    workgroupBarrier();
  }
  for (var lane = 0u; lane < LANES; lane++) {
    let e = lane * WORKGROUP + local;
    if (e < E) { result[row * E + e] = sums[lane] / total; }
  }
}
