import { Fault } from "../../components/fault";
import { useWords } from "../../words/words-context";
import { useLibraryState } from "../library-context";
import { sayFailure } from "../say-failure";
import { JobLine } from "./job-line";

/** What is being done, or went wrong, with a model of which nothing is stored yet: it has no card of its own. */
export function Unlisted() {
  const words = useWords();
  const models = useLibraryState((state) => state.models);
  const jobs = useLibraryState((state) => state.jobs);
  const faults = useLibraryState((state) => state.faults);
  const isUnlisted = (id: string) => id !== "" && !models?.some((model) => model.id === id);
  return (
    <>
      {Object.entries(faults)
        .filter(([id]) => isUnlisted(id))
        .map(([id, failure]) => {
          const { message, detail } = sayFailure(words, failure);
          return <Fault key={id} message={`${id}: ${message}`} detail={detail} />;
        })}
      {Object.entries(jobs)
        .filter(([id]) => isUnlisted(id))
        .map(([id, job]) => (
          <section key={id} className="model-card" aria-label={id}>
            <h3 className="font-medium">{id}</h3>
            <JobLine job={job} />
          </section>
        ))}
    </>
  );
}
