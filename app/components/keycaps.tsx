import { Fragment } from "react";

/** Keys that are pressed together. */
export function Keycaps({ keys }: { keys: readonly string[] }) {
  return (
    <span className="keycaps">
      {keys.map((key, index) => (
        <Fragment key={key}>
          {index > 0 && <span className="sr-only"> + </span>}
          <kbd>{key}</kbd>
        </Fragment>
      ))}
    </span>
  );
}
