import { clsx } from "clsx";
import { Suspense, useLayoutEffect, useState } from "react";
import { awaitSlices } from "./in-slices";
import { lazyPart } from "./lazy-part";
import { loadTypesetter } from "./reasoning/typesetter";

const loadMarkdown = () => import("./markdown/markdown");
const Markdown = lazyPart(async () => (await loadMarkdown()).Markdown, Plain);

/** Fetches what answers and thoughts are set with, so that the first one finds it there. */
export async function preloadAnswer(): Promise<void> {
  const [{ makeReady }] = await Promise.all([loadMarkdown(), loadTypesetter()]);
  makeReady();
}

interface AnswerProps {
  /** Markdown with formulas, as the model wrote it. */
  text: string;
  isGrowing: boolean;
  /** It is seen before anything else: where it is long, its end is set first. */
  isFirst: boolean;
}

/** The answer, typeset. What sets it is a script of its own, loaded when first needed; until then, and without it, the text is plain. */
export function Answer({ text, isGrowing, isFirst }: AnswerProps) {
  const [hasGrown] = useState(isGrowing);
  return (
    <div className={clsx("answer", hasGrown && "answer-grown")} dir="auto">
      <Suspense fallback={<Awaited text={text} />}>
        <Markdown text={text} isGrowing={isGrowing} isFirst={isFirst} />
      </Suspense>
    </div>
  );
}

function Awaited({ text }: Pick<AnswerProps, "text">) {
  useLayoutEffect(awaitSlices, []);
  return <Plain text={text} />;
}

function Plain({ text }: Pick<AnswerProps, "text">) {
  return <p className="whitespace-pre-wrap">{text.trim()}</p>;
}
