/**
 * npm run eval -- --problems <file.jsonl> [--model <folder>] [--limit N] [--sample] [--keep [--drop-reasoning]]
 *   [--full-cache int8] [--verbose]
 *
 * Asks the model every problem, greedily, and compares what it boxed with the answer. Each line of the file holds
 * {"question", "answer", "task"}. --sample draws with the model's own temperature and top-p instead; --keep asks all
 * problems in one conversation until the context is full, --drop-reasoning without the reasoning of those before;
 * --full-cache int8 holds the full cache in 8 bits. Runs in Node with
 * Dawn.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lastBoxed } from "@model/chat/boxed";
import type { PastTurn, Question } from "@model/chat/context";
import type { Conversation } from "@model/generation/conversation";
import { openConversation } from "@model/generation/open-conversation";
import { GREEDY, type SamplingSettings } from "@model/generation/sampling";
import { MANIFEST_FILE } from "@model/weights/format";
import { parseManifest } from "@model/weights/parse-manifest";
import { parseCacheFormat } from "../bench/plan";
import { folderPieces } from "./folder-pieces";
import { openDawn } from "./open-dawn";

const MAX_TOKENS = 2048;

interface Problem {
  readonly question: string;
  readonly answer: string;
  readonly task: string;
}

interface Outcome {
  readonly isRight: boolean;
  readonly boxed: string | undefined;
  readonly tokens: number;
}

async function main(args: string[]): Promise<void> {
  const flag = { type: "boolean", default: false } as const;
  const { values: options } = parseArgs({
    args,
    options: {
      problems: { type: "string" },
      model: { type: "string", default: "public/models/tiny" },
      limit: { type: "string", default: "1000000" },
      sample: flag,
      keep: flag,
      "drop-reasoning": flag,
      "full-cache": { type: "string", default: "f16" },
      verbose: flag,
    },
  });
  if (!options.problems) throw new Error("--problems is missing: a file with a problem on each line.");
  const problems = (await readProblems(options.problems)).slice(0, Number(options.limit));
  const manifest = parseManifest(JSON.parse(await readFile(join(options.model, MANIFEST_FILE), "utf8")));
  const gpu = await openDawn();
  const fullCache = parseCacheFormat("--full-cache", options["full-cache"]);
  const { conversation, defaults } = await openConversation(gpu, manifest, folderPieces(options.model), { fullCache });
  const sampling = options.sample ? { ...defaults, seed: 1 } : GREEDY;
  console.log(`${manifest.name} on ${gpu.adapter.description}, ${options.sample ? "sampled" : "greedy"}`);

  const score = new Score();
  let path: readonly PastTurn[] = [];
  for (const [index, problem] of problems.entries()) {
    if (!options.keep || conversation.contextUsed + MAX_TOKENS > conversation.contextLength) path = [];
    const question = { path, text: problem.question, system: "", dropsReasoning: options["drop-reasoning"] };
    const { reply, outcome } = await solve(conversation, question, problem.answer, sampling);
    path = [...path, { text: problem.question, reply }];
    score.add(problem.task, outcome);
    if (options.verbose || !outcome.isRight)
      console.log(`${describe(index, problem, outcome)}, at ${conversation.contextUsed}`);
    if ((index + 1) % 25 === 0) console.log(score.line());
  }
  console.log(score.table());
  console.log(score.line());
  process.exit(0); // Dawn's threads would keep Node alive.
}

function describe(index: number, { question, answer }: Problem, { isRight, boxed, tokens }: Outcome): string {
  return `${index} ${isRight ? "right" : "WRONG"} ${question} → ${boxed} (${answer}), ${tokens} tokens`;
}

async function readProblems(file: string): Promise<Problem[]> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => JSON.parse(line) as Problem);
}

async function solve(conversation: Conversation, question: Question, answer: string, sampling: SamplingSettings) {
  let reply = { reasoning: "", answer: "" };
  let tokens = 0;
  for await (const written of conversation.ask(question, { sampling, maxTokens: MAX_TOKENS })) {
    reply = { reasoning: reply.reasoning + written.reasoning, answer: reply.answer + written.answer };
    tokens = written.tokens;
  }
  const boxed = lastBoxed(reply.answer);
  return { reply, outcome: { isRight: boxed === answer, boxed, tokens } };
}

/** Right answers by task, and the speed. */
class Score {
  readonly #tasks = new Map<string, { right: number; asked: number }>();
  readonly #begun = performance.now();
  #tokens = 0;

  add(task: string, { isRight, tokens }: Outcome): void {
    const counts = this.#tasks.get(task) ?? { right: 0, asked: 0 };
    this.#tasks.set(task, { right: counts.right + Number(isRight), asked: counts.asked + 1 });
    this.#tokens += tokens;
  }

  line(): string {
    const all = [...this.#tasks.values()];
    const right = all.reduce((sum, counts) => sum + counts.right, 0);
    const asked = all.reduce((sum, counts) => sum + counts.asked, 0);
    const seconds = (performance.now() - this.#begun) / 1000;
    const speed = `${this.#tokens} tokens, ${(this.#tokens / seconds).toFixed(1)} tokens/s`;
    return `${right} of ${asked} right: ${((100 * right) / asked).toFixed(2)} % (${speed})`;
  }

  table(): string {
    const rows = [...this.#tasks].sort(([a], [b]) => a.localeCompare(b));
    return rows.map(([task, { right, asked }]) => `  ${task.padEnd(12)} ${right} of ${asked}`).join("\n");
  }
}

await main(process.argv.slice(2));
