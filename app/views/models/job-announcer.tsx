import type { LibraryState } from "../../state/library-state";
import { percentOf } from "../../words/format";
import type { Words } from "../../words/words";
import { useWords } from "../../words/words-context";
import { useLibraryState } from "../library-context";
import { sayVerified } from "./say-verified";

/** A listener hears of every tenth part of a long job, not of every byte. */
const EVERY_PERCENT = 10;

/** Says politely what is being done with models, and how far it is. Faults are alerts of their own. */
export function JobAnnouncer() {
  const words = useWords();
  const sentences = useLibraryState((state) => sentencesFor(words, state));
  return (
    <p role="status" className="sr-only">
      {sentences}
    </p>
  );
}

function sentencesFor(words: Words, { jobs, models, verified }: LibraryState): string {
  const { t, format } = words;
  const nameOf = (id: string): string => models?.find((model) => model.id === id)?.name ?? id;
  const running = Object.entries(jobs).map(([id, { work, doneBytes, totalBytes }]) => {
    const percent = Math.floor(percentOf(doneBytes, totalBytes) / EVERY_PERCENT) * EVERY_PERCENT;
    const said = { name: nameOf(id), work: t(`work.${work}`), percent: format.percent(percent) };
    return t(totalBytes > 0 ? "work.announcementWithPercent" : "work.announcement", said);
  });
  const ended = Object.entries(verified).map(([id, outcome]) => `${nameOf(id)}: ${sayVerified(words, outcome)}`);
  return [...running, ...ended].join(" ");
}
