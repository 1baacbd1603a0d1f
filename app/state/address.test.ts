import { expect, test } from "vitest";
import { addressOf, followAddress } from "./address";
import { storedFrom } from "./stored-turn";
import { openedSession } from "./testing/opened-session";

/** A page at an address, with a browser's history of one tab. */
function page(hash = "") {
  const opened = openedSession();
  const { session, say, state } = opened;
  const entries = [hash];
  let index = 0;
  let listener = () => {};
  const go = (to: number) => {
    index = to;
    listener();
  };
  const place = {
    location: {
      get hash() {
        return entries[index] ?? "";
      },
    },
    history: {
      pushState: (_state: unknown, _title: string, url?: string | URL | null) =>
        void entries.splice(++index, entries.length, String(url)),
      replaceState: (_state: unknown, _title: string, url?: string | URL | null) =>
        void entries.splice(index, 1, String(url)),
    },
    addEventListener: (_kind: "popstate", heard: () => void) => {
      listener = heard;
    },
  };
  const stored = new Map<string, Parameters<typeof session.show>[0]>();
  const keep = () => {
    const { conversation, turns } = state();
    stored.set(conversation.id, { conversation, turns: turns.map(storedFrom) });
    return conversation.id;
  };
  const start = () =>
    followAddress(place, session, {
      async open(id) {
        session.awaitConversation();
        const whole = stored.get(id);
        if (whole) session.show(whole);
        else session.showMissing();
      },
    });
  return { ...opened, start, keep, entries, say: (prompt: string) => say.call(opened, prompt), go, at: () => index };
}

test("a conversation takes the place of the empty page; a new one comes after it; Back and Forward show them again", () => {
  const one = page();
  one.start();
  one.say("a");
  const a = one.keep();
  one.session.startOver();
  one.say("b");
  const b = one.keep();
  expect(one.entries).toEqual([addressOf(a), addressOf(b)]);
  one.go(0);
  expect(one.shown()).toBe("a");
  one.go(1);
  expect(one.shown()).toBe("b");
  one.session.startOver();
  expect(one.entries).toEqual([addressOf(a), addressOf(b), "#/"]);
  one.go(0);
  one.go(2);
  expect(one.shown()).toBe("");
  expect(one.entries).toHaveLength(3);
});

test("a page that begins at a conversation shows it; one that is not there gives way to the empty page", () => {
  const one = page("#/c/0-gone");
  one.start();
  expect(one.entries).toEqual(["#/"]);
  expect(one.state().isMissing).toBe(true);
  const other = page("#/c/1");
  other.say("a");
  other.keep();
  other.session.startOver();
  other.start();
  expect(other.shown()).toBe("a");
  expect(other.entries).toEqual(["#/c/1"]);
});
