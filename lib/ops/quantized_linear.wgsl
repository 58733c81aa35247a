// 16 threads a number of the result; a workgroup's numbers are neighbours in a row.
const PART = 16;
const OUTPUTS = WORKGROUP / PART;
var<workgroup> parts : array<f32, WORKGROUP>;

fn main(index : i32) {
  let thread = index % WORKGROUP;
  let part = thread % PART;
  let outputs = uniforms.codesShape[0];
  let across = (outputs + OUTPUTS - 1) / OUTPUTS;
  let group = index / WORKGROUP;
  let row = group / across;
  let output = (group % across) * OUTPUTS + thread / PART;
  let words = uniforms.codesShape[1];
  let columns = uniforms.xShape[1];
  var sum = 0.0;
  if (output < outputs) {
    for (var word = part; word < words; word += PART) {
      let packed = codes[output * words + word];
      let scaled = scales[output * uniforms.scalesShape[1] + columnOf(word, 0) / uniforms.group];
      for (var lane = 0; lane < LANES; lane++) {
        let column = columnOf(word, lane);
        let v = select(0.0, x[row * columns + min(column, columns - 1)], column < columns);
        sum = fma(scaled * codeOf(packed, lane), v, sum);
      }
    }
  }
  parts[thread] = sum;
  workgroupBarrier();
  for (var half = PART / 2; half > 0; half /= 2) {
    if (part < half) { parts[thread] += parts[thread + half]; }
    workgroupBarrier();
  }
  if (part == 0 && output < outputs) { result[row * outputs + output] = parts[thread] + biasOf(output); }
}
