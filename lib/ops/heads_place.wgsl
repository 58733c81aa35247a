// Where element i of a projection, [B, T, W], belongs: of W's uniforms.all heads, the first uniforms.heads are the queries',
// and the others in equal parts the keys' and the values'.

struct Place {
  batch : i32,
  t : i32,
  h : i32, // of all heads
  d : i32,
}

fn placeOf(i : i32) -> Place {
  let D = uniforms.depth;
  let row = i / (D * uniforms.all);
  return Place(row / uniforms.tokens, row % uniforms.tokens, (i / D) % uniforms.all, i % D);
}

fn keyHeads() -> i32 { return (uniforms.all - uniforms.heads) / 2; }

// The element of [B, H, T, D], with H heads, for head h.
fn splitAt(p : Place, heads : i32, h : i32) -> i32 {
  return ((p.batch * heads + h) * uniforms.tokens + p.t) * uniforms.depth + p.d;
}
