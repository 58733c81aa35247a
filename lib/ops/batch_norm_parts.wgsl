// Two sums over a part of the rows, for each column: result[part, 0, c] and result[part, 1, c].
// One workgroup takes 16 columns of CHUNK rows; its 16 x 16 threads share the rows. pair(i, c) gives what row and column i add.

var<workgroup> first : array<f32, 256>;
var<workgroup> second : array<f32, 256>;

fn main(index : i32) {
  let lane = i32(localId.x);
  let group = index / 256;
  let rows = uniforms.xShape[0];
  let cols = uniforms.xShape[1];
  let across = (cols + 15) / 16;
  let part = group / across;
  let c = (group % across) * 16 + lane % 16;
  let end = min(rows, (part + 1) * CHUNK);
  var sums = vec2<f32>(0.0, 0.0);
  if (c < cols) {
    for (var r = part * CHUNK + lane / 16; r < end; r += 16) { sums += pair(r * cols + c, c); }
  }
  first[lane] = sums.x;
  second[lane] = sums.y;
  workgroupBarrier();
  for (var stride = 128; stride >= 16; stride /= 2) {
    if (lane < stride) {
      first[lane] += first[lane + stride];
      second[lane] += second[lane + stride];
    }
    workgroupBarrier();
  }
  if (lane < 16 && c < cols) {
    result[(part * 2) * cols + c] = first[lane];
    result[(part * 2 + 1) * cols + c] = second[lane];
  }
}
