import type { Work } from "../../library/protocol";

/** What is being done with a model, as the page says it. */
export const WORDS: Record<Work, string> = {
  examining: "Looking what it needs and what this device has",
  getting: "Reading and storing",
  verifying: "Reading every byte again",
  deleting: "Deleting",
};
