/**
 * Solves `A x = b` for a symmetric positive definite `A`, by Cholesky's decomposition.
 *
 * @param matrix A, row by row; its lower half is read.
 * @param right b
 * @throws {RangeError} If the matrix is not positive definite.
 */
export function solvePositive(
  matrix: readonly ArrayLike<number>[],
  right: ArrayLike<number>,
): Float64Array {
  const n = right.length;
  const lower = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      if (i !== j) lower[i]![j] = sum / lower[j]![j]!;
      else if (sum > 0) lower[i]![i] = Math.sqrt(sum);
      else {
        throw new RangeError(
          `Cannot solve as the matrix must be positive definite: current pivot ${i} is ${sum}`,
        );
      }
    }
  }
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i]![k]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k]![i]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  return x;
}
