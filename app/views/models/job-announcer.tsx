import { percentOf } from "../../components/format";
import type { LibraryState } from "../../state/library-state";
import { useLibraryState } from "../library-context";
import { WORDS } from "./job-words";

/** A listener hears of every tenth part of a long job, not of every byte. */
const EVERY_PERCENT = 10;

/** Says politely what is being done with models, and how far it is. Faults are alerts of their own. */
export function JobAnnouncer() {
  const sentences = useLibraryState(sentencesFor);
  return (
    <p role="status" className="sr-only">
      {sentences}
    </p>
  );
}

function sentencesFor({ jobs, models, notes }: LibraryState): string {
  const nameOf = (id: string): string => models?.find((model) => model.id === id)?.name ?? id;
  const running = Object.entries(jobs).map(([id, { work, doneBytes, totalBytes }]) => {
    const percent = Math.floor(percentOf(doneBytes, totalBytes) / EVERY_PERCENT) * EVERY_PERCENT;
    return `${nameOf(id)}: ${WORDS[work].toLowerCase()}${totalBytes > 0 ? `, ${percent} percent` : ""}.`;
  });
  const ended = Object.entries(notes).map(([id, note]) => `${nameOf(id)}: ${note}`);
  return [...running, ...ended].join(" ");
}
