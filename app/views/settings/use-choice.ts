import { useId } from "react";
import type { Choice, Choices } from "../../state/choices";
import { useChosen, useSettings } from "../settings-context";

/** One choice, as its control needs it. */
interface BoundChoice<Name extends Choice> {
  readonly value: Choices[Name];
  readonly choose: (value: Choices[Name]) => void;
  /** For the Setting around the control: undefined onReset while nothing is chosen. */
  readonly setting: { controlId: string; explanationId: string; onReset: (() => void) | undefined };
}

/** @param standard what goes while nothing is chosen. */
export function useChoice<Name extends Choice>(name: Name, standard: Choices[Name]): BoundChoice<Name> {
  const settings = useSettings();
  const chosen = useChosen((all) => all[name]) as Choices[Name] | undefined;
  const id = useId();
  return {
    value: chosen === undefined ? standard : chosen,
    choose: (value) => settings.choose(name, value, standard),
    setting: {
      ...{ controlId: id, explanationId: `${id}-explanation` },
      onReset: chosen === undefined ? undefined : () => settings.reset(name),
    },
  };
}
