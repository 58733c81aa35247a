// r, z = sigma(x + s), n = tanh(x + r s), in the order r, z, n; h = (1 - z) n + z h'. Kept: r, z, n, the s of n, h'.

fn advance(x : array<f32, GATES>, s : array<f32, GATES>, h : f32, c : f32) -> Made {
  let r = sigma(x[0] + s[0]);
  let z = sigma(x[1] + s[1]);
  let n = tangent(x[2] + r * s[2]);
  return Made((1.0 - z) * n + z * h, 0.0, array<f32, KEEPS>(r, z, n, s[2], h));
}

fn back(kept : array<f32, KEEPS>, dh : f32, dc : f32) -> Slopes {
  let r = kept[0];
  let z = kept[1];
  let n = kept[2];
  let dn = dh * (1.0 - z) * (1.0 - n * n);
  let dr = dn * kept[3] * r * (1.0 - r);
  let dz = dh * (kept[4] - n) * z * (1.0 - z);
  return Slopes(dh * z, 0.0, array<f32, GATES>(dr, dz, dn), array<f32, GATES>(dr, dz, dn * r));
}
