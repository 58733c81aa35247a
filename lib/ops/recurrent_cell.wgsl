// What the cells share: what a step gives, what flows back through it, and where a step keeps what the way back needs:
// per step, the gates as [B, GATES H], and then the rest as [B, (KEEPS - GATES) H].

struct Made { h : f32, c : f32, kept : array<f32, KEEPS> }
struct Slopes { h : f32, c : f32, x : array<f32, GATES>, s : array<f32, GATES> }

fn placeOf(t : i32, k : i32, b : i32, u : i32) -> i32 {
  let H = uniforms.hidden;
  let B = uniforms.batch;
  let step = t * KEEPS * B * H;
  if (k < GATES) { return step + (b * GATES + k) * H + u; }
  return step + (GATES * B + b * (KEEPS - GATES) + k - GATES) * H + u;
}

fn sigma(x : f32) -> f32 { return 1.0 / (1.0 + exp(clamp(-x, -80.0, 80.0))); }

fn tangent(x : f32) -> f32 { return 1.0 - 2.0 / (exp(clamp(2.0 * x, -80.0, 80.0)) + 1.0); }
