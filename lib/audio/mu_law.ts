/**
 * Samples as whole numbers on a scale that is fine where sounds are quiet.
 *
 * `f(x) = sign(x) ln(1 + μ|x|) / ln(1 + μ)` with `μ = levels − 1`; the code is `⌊(f(x) + 1) / 2 · μ + 1/2⌋`.
 *
 * @param samples The sound, -1 to 1; what lies outside is cut.
 * @param levels How many different codes there are. @default {256}
 * @returns Codes, 0 to `levels − 1`.
 * @throws {RangeError} If there are fewer than 2 levels.
 * @see ITU-T, 1988, "G.711: Pulse Code Modulation of Voice Frequencies"; as torchaudio's `MuLawEncoding`
 */
export function muLawEncode(samples: ArrayLike<number>, levels = 256): Int32Array {
  const mu = check(levels);
  return Int32Array.from({ length: samples.length }, (_, i) => {
    const x = Math.max(-1, Math.min(1, samples[i]!));
    const bent = Math.sign(x) * Math.log1p(mu * Math.abs(x)) / Math.log1p(mu);
    return Math.floor((bent + 1) / 2 * mu + 0.5);
  });
}

/**
 * The samples that codes of {@link muLawEncode} stand for.
 *
 * @param codes Codes, 0 to `levels − 1`.
 * @param levels How many different codes there are. @default {256}
 * @returns Samples, -1 to 1.
 * @throws {RangeError} If there are fewer than 2 levels.
 */
export function muLawDecode(codes: ArrayLike<number>, levels = 256): Float32Array {
  const mu = check(levels);
  return Float32Array.from({ length: codes.length }, (_, i) => {
    const bent = 2 * codes[i]! / mu - 1;
    return Math.sign(bent) * Math.expm1(Math.abs(bent) * Math.log1p(mu)) / mu;
  });
}

function check(levels: number): number {
  if (!(Number.isSafeInteger(levels) && levels >= 2)) {
    throw new RangeError(
      `Cannot bend samples as there must be 2 levels or more: current number is ${levels}`,
    );
  }
  return levels - 1;
}
