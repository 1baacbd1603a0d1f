import { median } from "@gpu/measure";

/**
 * Times these candidates one after the other.
 *
 * @param sampleMs about how long each is run: a clock may be coarse.
 * @returns milliseconds of a run of each.
 */
export type Sample = (candidates: readonly number[], sampleMs: number) => Promise<readonly number[]>;

/** Long enough to tell what is out of the question. It also warms up for the rounds. */
const SCREENING_MS = 2;
const SAMPLE_MS = 4;
const ROUNDS = 3;
/** Of the best time: what is slower in the screening is out. */
const NEAR = 1.2;
const MOST_FINALISTS = 4;
/** Less is noise. And here a kernel runs again and again, which flatters what is long: its code stays in the cache. */
const WORTH = 0.9;

/**
 * Which of `count` candidates is the fastest; 0, the usual one, unless another is worth it. All are timed once, and then
 * the usual one and the few that come near the best and before the usual in rounds, in which they take turns, so that a
 * change of the card's clock meets all of them.
 */
export async function pickFastest(count: number, sample: Sample): Promise<number> {
  const screened = await sample([...Array(count).keys()], SCREENING_MS);
  const msOf = (candidate: number): number => screened[candidate] ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(NEAR * Math.min(...screened), msOf(0));
  const finalists = [...screened.keys()]
    .filter((candidate) => candidate > 0 && msOf(candidate) < limit)
    .sort((a, b) => msOf(a) - msOf(b))
    .slice(0, MOST_FINALISTS);
  if (finalists.length === 0) return 0;

  const rounds: (readonly number[])[] = [];
  while (rounds.length < ROUNDS) rounds.push(await sample([0, ...finalists], SAMPLE_MS));
  const [usual, ...others] = [0, ...finalists].map((_, index) =>
    median(rounds.map((times) => times[index] ?? Number.NaN)),
  );
  const fastest = Math.min(...others);
  return fastest < WORTH * (usual ?? 0) ? (finalists[others.indexOf(fastest)] ?? 0) : 0;
}
