import { expect, test } from "vitest";
import { OneAtATime } from "./one-at-a-time";

/** Work that ends when it is told to, or when its signal aborts; and what it heard. */
function work() {
  const heard = { begun: false, aborted: false };
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = async (signal: AbortSignal): Promise<void> => {
    heard.begun = true;
    heard.aborted = signal.aborted;
    signal.addEventListener("abort", () => {
      heard.aborted = true;
    });
    await ended;
    signal.throwIfAborted();
  };
  return { run, heard, end };
}

test("a turn ends what is done while nobody waits, and begins when that has ended", async () => {
  const tasks = new OneAtATime();
  const [preparing, turn] = [work(), work()];
  const prepared = tasks.run("preparing", preparing.run);
  const answered = tasks.run("turn", turn.run);
  expect(preparing.heard.aborted).toBe(true);
  expect(turn.heard.begun).toBe(false);
  preparing.end();
  await prepared;
  expect(turn.heard).toEqual({ begun: true, aborted: false });
  turn.end();
  await answered;
});

test("beside a turn another one is not begun", async () => {
  const tasks = new OneAtATime();
  const [first, second] = [work(), work()];
  const running = tasks.run("turn", first.run);
  await tasks.run("turn", second.run);
  expect(second.heard.begun).toBe(false);
  first.end();
  await running;
});

test("stop ends what is running, which says so", async () => {
  const tasks = new OneAtATime();
  const turn = work();
  const running = tasks.run("turn", turn.run);
  tasks.stop();
  expect(turn.heard.aborted).toBe(true);
  turn.end();
  await expect(running).rejects.toMatchObject({ name: "AbortError" });
});

test("stop also reaches a turn that waits for something to give way", async () => {
  const tasks = new OneAtATime();
  const [keeping, turn, next] = [work(), work(), work()];
  const kept = tasks.run("keeping", keeping.run);
  const asked = tasks.run("turn", turn.run);
  tasks.stop();
  for (const { end } of [keeping, turn, next]) end();
  await kept;
  await expect(asked).rejects.toMatchObject({ name: "AbortError" });
  expect(turn.heard).toEqual({ begun: true, aborted: true });
  await tasks.run("turn", next.run);
  expect(next.heard).toEqual({ begun: true, aborted: false });
});
