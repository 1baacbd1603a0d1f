// Draws the next token from logits (vocab_size,) f32 and advances the step. Three entry points run in this order:
//
//   survey   one workgroup per block of 1,024 logits: the block's largest logit and, relative to it, its mass (sum of
//            exp((logit - largest) / temperature))
//   gather   one workgroup per block. With top-k or top-p it lists the tokens that can survive them, which the blocks'
//            figures prove: few where logits are peaked, the whole vocabulary at worst. Without, it draws in its block
//   pick     one workgroup: cuts the list at top-k and top-p and draws from what is left, or takes the best of the
//            blocks' tokens; writes the token and advances the step, unless the sequence is done
//
// Tokens are ranked by logit, then by id (the lower first), and every filter keeps a beginning of that ranking. The draw
// is Gumbel-max: the token with the highest log-probability + noise wins, noise = -log(-log(uniform)), hashed from
// (seed, draw, id). Greedy is the same without noise. The list's order depends on the timing of threads, but nothing
// computed from it does: counts and fixed-point masses are integers.

struct Step { position: u32, tokens: u32, done: u32, drawn: u32 }

struct Parameters {
  inverse_temperature: f32,
  greedy: u32,     // 1: no noise; then all filters are off
  top_k: u32,      // none: off
  top_p: f32,      // 1: off
  log_min_p: f32,  // lowest: off
  seed: u32,
  stop_count: u32,
  stop_ids: array<vec4u, 2>,
}

// Of a set of logits: the largest, and the sum of exp(log_weight(logit, largest)).
struct Peak { largest: f32, mass: f32 }
// What competes to be drawn: the higher score wins, at equal scores the lower id.
struct Contender { score: f32, id: u32 }
// A token that may survive the filters: its rank, see rank(), and its log_weight.
struct Listed { id: u32, rank: u32, log_weight: f32 }
// The mass of all logits relative to the largest of all, how many tokens are listed, and the largest rank among them.
struct Summary { mass: f32, listed: atomic<u32>, span: atomic<u32> }

const block_size = 1024u;
const lowest = -3e38;
const none = 0xffffffffu;

override threads: u32;  // of a workgroup, a power of 4
override vocab_size: u32;
override emitted_capacity: u32;
override block_count: u32 = (vocab_size + block_size - 1u) / block_size;

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> logits: array<f32>;                  // (vocab_size,)
@group(0) @binding(2) var<storage, read_write> peaks: array<Peak>;            // (block_count,)
@group(0) @binding(3) var<storage, read_write> contenders: array<Contender>;  // (block_count,)
@group(0) @binding(4) var<storage, read_write> summary: Summary;
@group(0) @binding(5) var<storage, read_write> list: array<Listed>;           // (vocab_size,)
@group(0) @binding(6) var<uniform> step: Step;                                // for gather
@group(0) @binding(7) var<storage, read_write> advancing: Step;               // the same buffer, for pick
@group(0) @binding(8) var<storage, read_write> ids: array<u32>;               // the first is written
@group(0) @binding(9) var<storage, read_write> emitted: array<u32>;           // (emitted_capacity,), a ring

fn cuts_count() -> bool { return parameters.top_k < vocab_size; }
fn cuts_mass() -> bool { return parameters.top_p < 1.0; }

// The logarithm of a token's probability relative to that of the token with the `largest` logit.
fn log_weight(logit: f32, largest: f32) -> f32 { return (logit - largest) * parameters.inverse_temperature; }

// Clamped because exp(-80) is nothing beside 1, and less is not sure to be a normal f32.
fn exp_clamped(light: f32) -> f32 { return exp(max(light, -80.0)); }

// ---- over a workgroup ----

var<workgroup> all_peaks: array<Peak, threads>;
var<workgroup> all_contenders: array<Contender, threads>;

fn merged(a: Peak, b: Peak) -> Peak {
  let largest = max(a.largest, b.largest);
  let less = exp_clamped(log_weight(min(a.largest, b.largest), largest));
  return Peak(largest, select(a.mass * less + b.mass, a.mass + b.mass * less, a.largest >= b.largest));
}

// Merges all threads' peaks, in an order that never varies, into all_peaks[0], which thread 0 may read at once.
fn merge_peaks(thread: u32, mine: Peak) {
  all_peaks[thread] = mine;
  for (var width = threads / 4u; width > 0u; width /= 4u) {
    workgroupBarrier();
    if thread < width {
      var peak = all_peaks[thread];
      for (var i = thread + width; i < width * 4u; i += width) { peak = merged(peak, all_peaks[i]); }
      all_peaks[thread] = peak;
    }
  }
}

fn better(a: Contender, b: Contender) -> Contender {
  if b.score > a.score || (b.score == a.score && b.id < a.id) { return b; }
  return a;
}

// Leaves the best of all threads' contenders in all_contenders[0], which thread 0 may read at once.
fn find_best(thread: u32, mine: Contender) {
  all_contenders[thread] = mine;
  for (var width = threads / 4u; width > 0u; width /= 4u) {
    workgroupBarrier();
    if thread < width {
      var best = all_contenders[thread];
      for (var i = thread + width; i < width * 4u; i += width) { best = better(best, all_contenders[i]); }
      all_contenders[thread] = best;
    }
  }
}

// ---- chance ----

// 32 random bits: the first word of pcg3d (Jarzynski and Olano 2020, JCGT 9(3)).
fn hash(draw: u32, id: u32) -> u32 {
  var v = vec3u(parameters.seed, draw, id) * 1664525u + 1013904223u;
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3u(16u);
  return v.x + v.y * v.z;
}

// A token's log-weight plus Gumbel noise -log(-log(1 - v)), v = (bits + 0.5) / 2^32 strictly inside (0, 1). Small v make
// the large noise that lifts rare tokens: there log1p's series keeps all of v's bits, elsewhere ~bits are those of 1 - v.
fn score(draw: u32, id: u32, light: f32) -> f32 {
  if parameters.greedy == 1u { return light; }
  let bits = hash(draw, id);
  let v = (f32(bits) + 0.5) * 0x1p-32;
  var exponential = v * (1.0 + v * (1.0 / 2.0 + v * (1.0 / 3.0 + v * (1.0 / 4.0 + v / 5.0))));
  if v > 0.0625 { exponential = -log((f32(~bits) + 0.5) * 0x1p-32); }
  return light - log(exponential);
}

// ---- survey ----

@compute @workgroup_size(threads)
fn survey(@builtin(workgroup_id) block: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = block.x * block_size;
  var mine = Peak(lowest, 0.0);
  for (var id = begin + thread; id < min(begin + block_size, vocab_size); id += threads) {
    mine = merged(mine, Peak(logits[id], 1.0));
  }
  merge_peaks(thread, mine);
  if thread != 0u { return; }
  peaks[block.x] = all_peaks[0];
  if block.x == 0u {
    atomicStore(&summary.listed, 0u);
    atomicStore(&summary.span, 0u);
  }
}

// ---- gather ----

var<workgroup> kth_largest: f32;
var<workgroup> block_listed: atomic<u32>;
var<workgroup> block_span: atomic<u32>;
var<workgroup> list_begin: u32;

@compute @workgroup_size(threads)
fn gather(@builtin(workgroup_id) block: vec3u, @builtin(local_invocation_index) thread: u32) {
  var mine = Peak(lowest, 0.0);
  for (var i = thread; i < block_count; i += threads) { mine = merged(mine, peaks[i]); }
  merge_peaks(thread, mine);
  if thread == 0u { kth_largest = lowest; }
  workgroupBarrier();
  if cuts_count() || cuts_mass() {
    list_block(block.x, thread, all_peaks[0]);
  } else {
    draw_in_block(block.x, thread, all_peaks[0].largest);
  }
}

fn draw_in_block(block: u32, thread: u32, largest: f32) {
  let begin = block * block_size;
  var mine = Contender(lowest, 0u);
  for (var id = begin + thread; id < min(begin + block_size, vocab_size); id += threads) {
    let light = log_weight(logits[id], largest);
    if light >= parameters.log_min_p { mine = better(mine, Contender(score(step.drawn, id, light), id)); }
  }
  find_best(thread, mine);
  if thread == 0u { contenders[block] = all_contenders[0]; }
}

fn list_block(block: u32, thread: u32, all: Peak) {
  if parameters.top_k <= block_count {
    find_kth_largest(thread);
    workgroupBarrier();
  }
  let least = least_log_weight(all.mass);
  let begin = block * block_size;
  let end = min(begin + block_size, vocab_size);
  var count = 0u;
  for (var id = begin + thread; id < end; id += threads) {
    let token = listed(id, all.largest);
    if logits[id] < kth_largest || token.log_weight < least { continue; }
    count++;
    atomicMax(&block_span, token.rank);
  }
  var place = atomicAdd(&block_listed, count);
  workgroupBarrier();
  if thread == 0u {
    list_begin = atomicAdd(&summary.listed, atomicLoad(&block_listed));
    atomicMax(&summary.span, atomicLoad(&block_span));
    if block == 0u { summary.mass = all.mass; }
  }
  workgroupBarrier();
  place += list_begin;
  for (var id = begin + thread; id < end; id += threads) {
    let token = listed(id, all.largest);
    if logits[id] < kth_largest || token.log_weight < least { continue; }
    list[place] = token;
    place++;
  }
}

// The top_k-th largest of the blocks' largest logits: no fewer than top_k logits of all are as large.
fn find_kth_largest(thread: u32) {
  for (var i = thread; i < block_count; i += threads) {
    let mine = peaks[i].largest;
    var above = 0u;
    for (var j = 0u; j < block_count; j++) {
      let other = peaks[j].largest;
      if other > mine || (other == mine && j < i) { above++; }
    }
    if above + 1u == parameters.top_k { kth_largest = mine; }
  }
}

fn listed(id: u32, largest: f32) -> Listed {
  let logit = logits[id];
  return Listed(id, rank(logit, largest), log_weight(logit, largest));
}

// Below this log_weight no token survives the filters. For top-p: tokens so light hold, all together, at most half of
// the mass that it removes. Not so after top-k, whose mass is not known yet: then everything top-k leaves is listed.
fn least_log_weight(mass: f32) -> f32 {
  if !cuts_mass() { return parameters.log_min_p; }
  if cuts_count() { return lowest; }
  return max(parameters.log_min_p, log((1.0 - parameters.top_p) * mass / (2.0 * f32(vocab_size))));
}

// The order of logits as an integer: 0 for the largest, more for smaller ones, the same for equal ones.
fn rank(logit: f32, largest: f32) -> u32 { return ascending(largest) - ascending(logit); }

// The bits of -0 and of numbers below the normal ones would differ from those of 0, which they may equal on a GPU.
fn ascending(value: f32) -> u32 {
  let bits = bitcast<u32>(select(value, 0.0, abs(value) < 0x1p-126));
  return select(bits | 0x80000000u, ~bits, bits >> 31u == 1u);
}

// ---- pick ----

// Tokens and their share of all mass, in units of 2^-31 (whole) and 2^-44 (part): integers, so that a sum is the same in
// any order. The parts of 2^18 tokens sum to less than 2^31.
struct Tally { count: u32, whole: u32, part: u32 }
// The bin in which a cut falls: its number, what comes before it, and what it holds.
struct Crossing { bin: u32, before: Tally, within: Tally }
// Keeps the ranks below `rank`, and of that rank the ids up to `id`; together they hold `mass` (units of 2^-31).
struct Cut { rank: u32, id: u32, mass: u32 }

const bins = 256u;
const group = 16u;
// After the bins, one bin more for each 16 of them, holding their sum.
var<workgroup> bin_count: array<atomic<u32>, bins + group>;
var<workgroup> bin_whole: array<atomic<u32>, bins + group>;
var<workgroup> bin_part: array<atomic<u32>, bins + group>;
var<workgroup> crossing: Crossing;

fn plus(a: Tally, b: Tally) -> Tally { return Tally(a.count + b.count, a.whole + b.whole, a.part + b.part); }
fn mass_of(tally: Tally) -> u32 { return tally.whole + (tally.part >> 13u); }

fn clear_bins(thread: u32) {
  for (var i = thread; i < bins + group; i += threads) {
    atomicStore(&bin_count[i], 0u);
    atomicStore(&bin_whole[i], 0u);
    atomicStore(&bin_part[i], 0u);
  }
}

fn add_to_bin(bin: u32, share: f32) {
  let whole = floor(share);
  for (var level = 0u; level < 2u; level++) {
    let i = select(bins + bin / group, bin, level == 0u);
    atomicAdd(&bin_count[i], 1u);
    atomicAdd(&bin_whole[i], u32(whole));
    atomicAdd(&bin_part[i], u32((share - whole) * 0x1p13));
  }
}

// The first bin up to whose end there are `count` tokens or `mass`; the last when there is none. By 16 bins, then by one.
fn find_crossing(start: Tally, count: u32, mass: u32) -> Crossing {
  var before = start;
  var i = bins;
  loop {
    let within = Tally(atomicLoad(&bin_count[i]), atomicLoad(&bin_whole[i]), atomicLoad(&bin_part[i]));
    let after = plus(before, within);
    if after.count < count && mass_of(after) < mass && i % group < group - 1u {
      before = after;
      i++;
    } else if i < bins {
      return Crossing(i, before, within);
    } else {
      i = (i - bins) * group;
    }
  }
}

// The shortest beginning of the ranking with `count` tokens or `mass`. Narrows the range of ranks in which it ends by a
// factor of up to 256 at a time, until one token is left in it or all left have equal logits; then the same by id.
fn find_cut(thread: u32, count: u32, mass: u32) -> Cut {
  let listed = atomicLoad(&summary.listed);
  let unit = 0x1p31 / summary.mass;
  var tied = false;
  var tied_rank = 0u;
  var first = 0u;
  var last = atomicLoad(&summary.span);  // the range is first … first + last
  var found = Crossing();
  loop {
    let shift = max(32u - countLeadingZeros(last), 8u) - 8u;
    clear_bins(thread);
    workgroupBarrier();
    for (var i = thread; i < listed; i += threads) {
      let token = list[i];
      let offset = select(token.rank, token.id, tied) - first;
      if offset > last || (tied && token.rank != tied_rank) { continue; }
      add_to_bin(offset >> shift, exp_clamped(token.log_weight) * unit);
    }
    workgroupBarrier();
    if thread == 0u { crossing = find_crossing(found.before, count, mass); }
    found = workgroupUniformLoad(&crossing);
    first += found.bin << shift;
    last = (1u << shift) - 1u;
    if found.within.count <= 1u { break; }
    if shift == 0u {
      tied = true;
      tied_rank = first;
      first = 0u;
      last = vocab_size - 1u;
    }
  }
  let held = mass_of(plus(found.before, found.within));
  if tied { return Cut(tied_rank, first + last, held); }
  return Cut(first + last, none, held);
}

fn draw_from_list(thread: u32) -> Contender {
  var cut = Cut(none, none, 1u << 31u);
  // Top-k, then top-p of what that left; by one call, because compilers copy a function to each place that calls it.
  for (var by_mass = select(1u, 0u, cuts_count()); by_mass <= select(0u, 1u, cuts_mass()); by_mass++) {
    let enough = min(cut.mass, u32(parameters.top_p * f32(cut.mass)));
    cut = find_cut(thread, select(parameters.top_k, none, by_mass == 1u), select(none, enough, by_mass == 1u));
  }

  let listed = atomicLoad(&summary.listed);
  let draw = advancing.drawn;
  var mine = Contender(lowest, 0u);
  for (var i = thread; i < listed; i += threads) {
    let token = list[i];
    let kept = token.rank < cut.rank || (token.rank == cut.rank && token.id <= cut.id);
    if kept && token.log_weight >= parameters.log_min_p {
      mine = better(mine, Contender(score(draw, token.id, token.log_weight), token.id));
    }
  }
  return mine;
}

fn advance(token: u32) {
  if advancing.done != 0u { return; }
  ids[0] = token;
  emitted[advancing.drawn % emitted_capacity] = token;
  advancing.drawn += 1u;
  advancing.position += 1u;
  for (var i = 0u; i < parameters.stop_count; i++) {
    if parameters.stop_ids[i / 4u][i % 4u] == token { advancing.done = 1u; }
  }
}

@compute @workgroup_size(threads)
fn pick(@builtin(local_invocation_index) thread: u32) {
  var mine = Contender(lowest, 0u);
  if cuts_count() || cuts_mass() {
    mine = draw_from_list(thread);
  } else {
    for (var i = thread; i < block_count; i += threads) { mine = better(mine, contenders[i]); }
  }
  find_best(thread, mine);
  if thread == 0u { advance(all_contenders[0].id); }
}
