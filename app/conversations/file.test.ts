import { expect, test } from "vitest";
import { newConversation, type StoredTurn, titleFrom, type WholeConversation } from "./conversation";
import { conversationsToJson } from "./file";
import { conversationToMarkdown } from "./markdown";
import { ConversationFileError, parseConversations } from "./parse-file";
import { pathOf } from "./tree";
import { withNewIds } from "./with-new-ids";

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

const turn = (n: number, parent: number | null, values: Partial<StoredTurn> = {}): StoredTurn => ({
  id: uuid(n),
  parent: parent === null ? null : uuid(parent),
  createdAt: n * 1000,
  prompt: `Problem ${n}`,
  reply: { reasoning: `2*${n}*3`, answer: `$\\boxed{${n}}$` },
  reason: "stop",
  progress: null,
  ...values,
});

const PROGRESS = {
  ...{ tokens: 3, reasoningTokens: 2, promptTokens: 12, elapsedMs: 10.5, reasoningMs: 7 },
  ...{ tokensPerSecond: 20.25, contextUsed: 15, contextLength: 2048 },
};

const WHOLE: WholeConversation = {
  conversation: { ...newConversation(uuid(100), 1_000, "Tiny"), title: "Products", updatedAt: 9_000, chosen: {} },
  turns: [turn(1, null, { progress: PROGRESS }), turn(2, 1), turn(3, 1, { reason: null })],
};

test("what is exported is imported as it was, with the branch that was shown", () => {
  const other = { ...WHOLE, conversation: { ...WHOLE.conversation, id: uuid(101), chosen: { [uuid(1)]: uuid(2) } } };
  const [first, second] = parseConversations(conversationsToJson([WHOLE, other], 10_000));
  expect(first?.turns).toEqual(WHOLE.turns);
  expect(first?.conversation).toEqual({ ...WHOLE.conversation, chosen: { "": uuid(1), [uuid(1)]: uuid(3) } });
  expect(second?.conversation.chosen).toEqual({ "": uuid(1), [uuid(1)]: uuid(2) });
});

test("under new ids it is the same tree", () => {
  const [whole] = parseConversations(conversationsToJson([WHOLE], 0));
  if (!whole) throw new Error("nothing was read");
  let last = 500;
  const renamed = withNewIds(whole, () => uuid(++last));
  expect(new Set([...whole.turns, ...renamed.turns].map(({ id }) => id)).size).toBe(6);
  const prompts = ({ turns, conversation }: WholeConversation) =>
    pathOf(turns, conversation.chosen).map(({ prompt }) => prompt);
  expect(prompts(renamed)).toEqual(prompts(whole));
  expect(renamed.conversation).toMatchObject({ title: "Products", createdAt: 1_000 });
});

type Json = Record<string, unknown>;
/** The exported file with a value put somewhere into it. */
function changed(path: string, value: unknown): string {
  const file = JSON.parse(conversationsToJson([WHOLE], 0));
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let place: Json = file;
  for (const key of keys) place = place[key] as Json;
  place[last] = value;
  return JSON.stringify(file);
}

const TURN = "conversations.0.turns.0";
const HOSTILE: [sentence: string, text: string][] = [
  ["The file is not JSON.", ""],
  ["The file is not JSON.", "<!doctype html>"],
  ["The file is not JSON.", "{"],
  ["The file is not an object.", "[]"],
  ["The file is not an object.", "null"],
  ["The file is not an object.", "[".repeat(1_000) + "]".repeat(1_000)],
  ["This is not a file of Longhand conversations.", "{}"],
  [
    "This is not a file of Longhand conversations.",
    '{"__proto__": {"format": "longhand-conversations", "version": 1}}',
  ],
  ["The file has version 2 of the format; this page reads version 1.", changed("version", 2)],
  ["The file has version undefined of the format; this page reads version 1.", changed("version", undefined)],
  ["conversations is not a list.", changed("conversations", { length: 1 })],
  ["conversations has more than 10000 entries.", changed("conversations", Array(10_001).fill(0))],
  ["conversations[0] is not an object.", changed("conversations.0", [])],
  ["conversations[0].id is not a UUID.", changed("conversations.0.id", "__proto__")],
  ["conversations[0].id is not a UUID.", changed("conversations.0.id", `${uuid(1)}\n`)],
  ["conversations[0].title is not a text.", changed("conversations.0.title", { toString: "x" })],
  ["conversations[0].title has more than 1000 characters.", changed("conversations.0.title", "x".repeat(1_001))],
  ["conversations[0].createdAt is not a time.", changed("conversations.0.createdAt", "yesterday")],
  ["conversations[0].updatedAt is not a time.", changed("conversations.0.updatedAt", 1e308)],
  ["conversations[0].turns is not a list.", changed("conversations.0.turns", null)],
  ["conversations[0].turns[0] is not an object.", changed(TURN, "turn")],
  ["conversations[0].turns[0].id is not a UUID.", changed(`${TURN}.id`, "../../etc")],
  ["conversations[0].turns[1].id is that of another turn too.", changed("conversations.0.turns.1.id", uuid(1))],
  ["conversations[0].turns[0].parent is not the id of an earlier turn.", changed(`${TURN}.parent`, uuid(3))],
  ["conversations[0].turns[0].parent is not a UUID.", changed(`${TURN}.parent`, 7)],
  ["conversations[0].turns[0].prompt is not a text.", changed(`${TURN}.prompt`, ["<script>"])],
  ["conversations[0].turns[0].reply is not an object.", changed(`${TURN}.reply`, "42")],
  ["conversations[0].turns[0].reply.answer is not a text.", changed(`${TURN}.reply.answer`, 42)],
  ["conversations[0].turns[0].reason is none of those that the format knows.", changed(`${TURN}.reason`, "hacked")],
  ["conversations[0].turns[0].progress.tokens is not a count.", changed(`${TURN}.progress.tokens`, -1)],
  ["conversations[0].turns[0].progress.elapsedMs is not a count.", changed(`${TURN}.progress.elapsedMs`, "1")],
  ["conversations[0].shown[0] is not the id of a turn.", changed("conversations.0.shown.0", "constructor")],
];

test.each(HOSTILE)("refused: %s", (sentence, text) => {
  expect(() => parseConversations(text)).toThrow(new ConversationFileError(sentence));
});

test("refused: two conversations of one id", () => {
  expect(() => parseConversations(conversationsToJson([WHOLE, WHOLE], 0))).toThrow("Two conversations");
});

test("what the format does not know is left out", () => {
  const text = changed(`${TURN}.onload`, "alert(1)").replace('"onload"', '"__proto__"');
  const [whole] = parseConversations(text);
  expect(Object.keys(whole?.turns[0] ?? {}).sort()).toEqual(Object.keys(turn(1, null)).sort());
});

test("Markdown: prompts quoted, reasoning folded and fenced, the answer as it is, an end that was none told", () => {
  const words = { reasoning: "Reasoning", unfinished: "Not finished" };
  const reply = { reasoning: "```\ncode\n```\n", answer: "\n\nIt is **7**.\n" };
  const turns = [turn(1, null, { prompt: "a\nb", reply }), turn(2, 1, { reason: "aborted" })];
  expect(conversationToMarkdown({ ...WHOLE, turns }, words)).toBe(`# Products

Tiny, 1970-01-01

---

> a
> b

<details><summary>Reasoning</summary>

\`\`\`\`text
\`\`\`
code
\`\`\`
\`\`\`\`

</details>

It is **7**.

---

> Problem 2

<details><summary>Reasoning</summary>

\`\`\`text
2*2*3
\`\`\`

</details>

$\\boxed{2}$

_Not finished_
`);
});

test("a title is the first line, cut between words", () => {
  expect(titleFrom("  What is\t7 * 8?\nI think 56.")).toBe("What is 7 * 8?");
  const long = titleFrom("A train leaves the station at nine and another one at ten, and they meet at noon.");
  expect(long).toBe("A train leaves the station at nine and another one at ten,…");
  expect([...titleFrom("😀".repeat(100))]).toHaveLength(61);
});
