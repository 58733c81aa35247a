/** What {@link minimize} is told about a place: the value there and the slope. */
export interface Slope {
  /** The value. */
  value: number;
  /** Its gradient. */
  gradient: Float64Array;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/**
 * Finds the minimum of a smooth function by L-BFGS, with steps halved until the value falls enough (Armijo).
 *
 * @param at The value and gradient at a place.
 * @param start Where to begin.
 * @param options `tolerance`: the largest element of the gradient at the end (1e-6); `maxSteps` (1000).
 * @returns The place found.
 * @see Nocedal and Wright, 2006, "Numerical Optimization", algorithm 7.4
 */
export function minimize(
  at: (place: Float64Array) => Slope,
  start: Float64Array,
  { tolerance = 1e-6, maxSteps = 1000 }: { tolerance?: number; maxSteps?: number } = {},
): Float64Array {
  let place = start.slice();
  let { value, gradient } = at(place);
  const past: { s: Float64Array; y: Float64Array; curvature: number }[] = [];
  for (let step = 0; step < maxSteps; step++) {
    if (gradient.every((slope) => Math.abs(slope) <= tolerance)) break;
    const direction = descent(gradient, past);
    const slope = dot(gradient, direction);
    let length = past.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(gradient, gradient))) : 1;
    let next = place;
    let found: Slope | undefined;
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      next = place.map((x, i) => x + length * direction[i]!);
      found = at(next);
      if (found.value <= value + 1e-4 * length * slope) break;
      found = undefined;
    }
    if (!found) break; // float64 sees no lower place
    const s = next.map((x, i) => x - place[i]!);
    const y = found.gradient.map((x, i) => x - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12) past.push({ s, y, curvature });
    if (past.length > 10) past.shift();
    [place, value, gradient] = [next, found.value, found.gradient];
  }
  return place;
}

/** Where to go from here: minus the gradient, bent by what past steps told of the curvature. */
function descent(
  gradient: Float64Array,
  past: readonly { s: Float64Array; y: Float64Array; curvature: number }[],
): Float64Array {
  const direction = gradient.map((slope) => -slope);
  const add = (factor: number, vector: Float64Array) =>
    vector.forEach((x, i) => direction[i]! += factor * x);
  const shares: number[] = [];
  for (const { s, y, curvature } of past.toReversed()) {
    const share = dot(s, direction) / curvature;
    shares.push(share);
    add(-share, y);
  }
  const last = past.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.y, last.y);
    direction.forEach((x, i) => direction[i] = x * scale);
  }
  for (const { s, y, curvature } of past) add(shares.pop()! - dot(y, direction) / curvature, s);
  return direction;
}
