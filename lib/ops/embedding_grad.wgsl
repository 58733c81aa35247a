// result[v, c] = the sum of dy[r, c] over the rows r with ids[r] = v, in their order; one workgroup a row of the table.
// Each thread looks at one id of a chunk and marks it if it is v; then the threads share the columns.
// The workgroups after those belong to the positions, see what comes before for addUp().

var<workgroup> marks : array<atomic<u32>, WORDS>;

fn main(index : i32) {
  let v = index / WORKGROUP;
  let lane = i32(localId.x);
  let rows = uniforms.dyShape[0];
  let cols = uniforms.dyShape[1];
  let inside = v < uniforms.outShape[0];
  let end = select(0, cols, inside);
  for (var c = lane; c < end; c += WORKGROUP) { result[v * cols + c] = 0.0; }
  for (var base = 0; base < rows; base += WORKGROUP) {
    if (lane < WORDS) { atomicStore(&marks[lane], 0u); }
    workgroupBarrier();
    let r = base + lane;
    if (inside && r < rows) {
      if (ids[r] == v) { atomicOr(&marks[lane / 32], 1u << u32(lane % 32)); }
    }
    workgroupBarrier();
    for (var word = 0; word < WORDS; word++) {
      let found = atomicLoad(&marks[word]);
      if (found == 0u) { continue; }
      for (var c = lane; c < end; c += WORKGROUP) {
        var sum = result[v * cols + c];
        for (var bits = found; bits != 0u; bits &= bits - 1u) {
          sum += dy[(base + word * 32 + i32(countTrailingZeros(bits))) * cols + c];
        }
        result[v * cols + c] = sum;
      }
    }
    workgroupBarrier();
  }
  addUp(v - uniforms.outShape[0], lane, rows, cols);
}
