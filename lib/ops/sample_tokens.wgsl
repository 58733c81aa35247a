// Chooses a token for each row of logits, one workgroup a row: the likeliest, or by a number drawn from [0, 1).
// Sums are made in the same order each time. No sorting: what top-k and top-p keep is what lies above a threshold, whose
// bits are found four at a time, by the weights of the logits that begin with each.

struct Numbers {
  size : u32, // of the vocabulary
  random : u32, // 0 takes the likeliest
  topK : u32,
  temperature : f32,
  topP : f32,
  minP : f32, // its logarithm
}
@group(0) @binding(0) var<storage, read_write> ids : array<i32>;
@group(0) @binding(1) var<storage, read_write> chosen : array<f32>; // id and log probability
@group(0) @binding(2) var<storage, read> logits : array<f32>;
@group(0) @binding(3) var<storage, read> draws : array<f32>;
@group(0) @binding(4) var<uniform> u : Numbers;

const THREADS = 128u;
const DIGITS = 16u;
var<workgroup> values : array<f32, THREADS>;
var<workgroup> places : array<u32, THREADS>;
var<workgroup> bins : array<f32, THREADS * DIGITS>;
var<workgroup> found : u32;
var<workgroup> above : f32;

// Unsigned integers in the order of the numbers.
fn keyOf(x : f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn scaled(i : u32) -> f32 { return logits[i] / u.temperature; }

// The sum of all threads' numbers.
fn total(lane : u32, x : f32) -> f32 {
  workgroupBarrier();
  values[lane] = x;
  for (var reach = THREADS / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) { values[lane] += values[lane + reach]; }
  }
  workgroupBarrier();
  return values[0];
}

// The largest key such that the keys from it on weigh `goal` or more; `above` is then the weight of the larger ones.
// A key below `least` weighs nothing, another one 1, or its share of the probability.
fn search(lane : u32, base : u32, goal : f32, byMass : bool, least : u32, top : f32) -> u32 {
  if (lane == 0u) { found = 0u; above = 0.0; }
  for (var digit = 0u; digit < 8u; digit++) {
    let shift = 28u - 4u * digit;
    var weights = array<f32, DIGITS>();
    workgroupBarrier();
    let prefix = found;
    let mask = select(0xffffffffu << (shift + 4u), 0u, digit == 0u);
    for (var i = lane; i < u.size; i += THREADS) {
      let x = scaled(base + i);
      let key = keyOf(x);
      if (key >= least && (key & mask) == prefix) {
        weights[(key >> shift) & 15u] += select(1.0, exp(x - top), byMass);
      }
    }
    for (var d = 0u; d < DIGITS; d++) { bins[lane * DIGITS + d] = weights[d]; }
    workgroupBarrier();
    if (lane < DIGITS) {
      var sum = 0.0;
      for (var t = 0u; t < THREADS; t++) { sum += bins[t * DIGITS + lane]; }
      bins[lane] = sum; // of the first thread's own, which this thread has read
    }
    workgroupBarrier();
    if (lane == 0u) {
      var weight = above;
      var next = 0u;
      var last = above;
      for (var d = DIGITS; d > 0u; d--) {
        let here = bins[d - 1u];
        if (here > 0.0) {
          next = d - 1u;
          last = weight;
          weight += here;
          if (weight >= goal) { break; }
        }
      }
      found = prefix | (next << shift);
      above = last;
    }
  }
  workgroupBarrier();
  return found;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(num_workgroups) groups : vec3u,
  @builtin(local_invocation_index) lane : u32,
) {
  let row = group.y * groups.x + group.x;
  let base = row * u.size;

  // the largest logit, the first of equal ones
  var most = -3.4028234663852886e38;
  var at = 0u;
  for (var i = lane; i < u.size; i += THREADS) {
    if (logits[base + i] > most) { most = logits[base + i]; at = i; }
  }
  values[lane] = most;
  places[lane] = at;
  for (var reach = THREADS / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      let other = lane + reach;
      if (
        values[other] > values[lane] ||
        (values[other] == values[lane] && places[other] < places[lane])
      ) {
        values[lane] = values[other];
        places[lane] = places[other];
      }
    }
  }
  workgroupBarrier();
  most = values[0];
  var id = places[0];
  var sum = 0.0;
  for (var i = lane; i < u.size; i += THREADS) { sum += exp(logits[base + i] - most); }
  let logTotal = most + log(total(lane, sum));

  if (u.random == 1u) {
    let top = most / u.temperature;
    var least = 0u;
    if (u.topK < u.size) { least = search(lane, base, f32(u.topK), false, 0u, top); }
    var equal = 0xffffffffu; // how many of those at the threshold are kept
    if (u.topP < 1.0) {
      sum = 0.0;
      for (var i = lane; i < u.size; i += THREADS) {
        let x = scaled(base + i);
        if (keyOf(x) >= least) { sum += exp(x - top); }
      }
      let goal = u.topP * total(lane, sum);
      least = search(lane, base, goal, true, least, top);
      let x = select(~least, least & 0x7fffffffu, (least >> 31u) == 1u);
      equal = u32(clamp(ceil((goal - above) / exp(bitcast<f32>(x) - top)), 1.0, 4e9));
    }
    let floor = top + u.minP;
    // how many lie at the threshold before those of this thread, which are neighbours
    let share = (u.size + THREADS - 1u) / THREADS;
    let first = lane * share;
    let last = min(first + share, u.size);
    var count = 0u;
    for (var i = first; i < last; i++) { count += u32(keyOf(scaled(base + i)) == least); }
    workgroupBarrier();
    places[lane] = count;
    workgroupBarrier();
    var before = 0u;
    for (var t = 0u; t < lane; t++) { before += places[t]; }
    sum = 0.0;
    var rank = before;
    for (var i = first; i < last; i++) {
      let x = scaled(base + i);
      let key = keyOf(x);
      rank += u32(key == least);
      if (x >= floor && (key > least || (key == least && rank <= equal))) { sum += exp(x - top); }
    }
    values[lane] = sum;
    workgroupBarrier();
    if (lane == 0u) {
      var all = 0.0;
      for (var t = 0u; t < THREADS; t++) { all += values[t]; }
      let goal = draws[row] * all;
      var reached = 0.0;
      for (var t = 0u; t < THREADS; t++) {
        if (values[t] > 0.0) {
          found = t;
          above = goal - reached; // what is left for that thread
          reached += values[t];
          if (reached > goal) { break; }
        }
      }
    }
    workgroupBarrier();
    if (lane == found) {
      var left = above;
      rank = before;
      for (var i = first; i < last; i++) {
        let x = scaled(base + i);
        let key = keyOf(x);
        rank += u32(key == least);
        if (x >= floor && (key > least || (key == least && rank <= equal)) && exp(x - top) > 0.0) {
          id = i;
          left -= exp(x - top);
          if (left < 0.0) { break; }
        }
      }
    }
  }
  if (lane == select(0u, found, u.random == 1u)) {
    ids[row] = i32(id);
    chosen[2u * row] = f32(id);
    chosen[2u * row + 1u] = logits[base + id] - logTotal;
  }
}
