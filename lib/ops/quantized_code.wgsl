// The codes of a row lie in words of 32 bits: of 8 bits, four neighbours a word; of 4 bits, a run of 32 numbers takes four
// words, each half of which holds four numbers that lie 8 apart.

const LANES = 32 / BITS;

/** The column of code `lane` of word `word`. */
fn columnOf(word : i32, lane : i32) -> i32 {
  if (BITS == 8) { return word * 4 + lane; }
  return (word / 4) * 32 + (word % 4) * 2 + lane / 4 + (lane % 4) * 8;
}

/** Code `lane` of a word: from the lowest bits on. */
fn codeOf(word : i32, lane : i32) -> f32 {
  if (BITS == 8) { return f32(extractBits(word, u32(lane) * 8u, 8u)); }
  return f32(extractBits(bitcast<u32>(word), u32(lane) * 4u, 4u)) - 8.0;
}
