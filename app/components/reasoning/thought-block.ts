import { isSelected } from "../is-selected";
import { whenFree } from "../when-free";
import { GrowingLines } from "./growing-lines";
import { lineOf, linesIn, markFormula, writtenIn } from "./thought-lines";
import { loadTypesetter, typesetterNow } from "./typesetter";

/** What may begin a formula. Without it nothing need be fetched or watched. */
const OPENING = /\$|\\[([]/;

/** "fading": typeset, and on the way to plain. */
type Shown = "growing" | "plain" | "typeset" | "fading";

/**
 * A piece of reasoning in the page. While it grows, and with its formulas typeset, it has an element for each line, so
 * that what changes has the browser lay out one line alone; finished and far away it is one text, which takes least.
 */
export class ThoughtBlock {
  readonly element = document.createElement("div");
  #text = "";
  #isFinished = false;
  #isNear: boolean;
  #shown: Shown = "plain";
  #growing: GrowingLines | undefined;
  /** The lines, where they are typeset. */
  #typeset: readonly HTMLElement[] = [];

  /** @param isNear It is in view, or nearly so, as far as is known. */
  constructor(isNear: boolean) {
    this.element.className = "reasoning-block";
    this.#isNear = isNear;
  }

  /** Has it say this. What it said before stays as it is, as far as it is the same: a selection in it outlives that. */
  say(text: string, isFinished: boolean): void {
    if (text === this.#text && isFinished === this.#isFinished) return;
    this.#text = text;
    this.#isFinished = isFinished;
    if (!isFinished || this.#growing) this.#grow();
    else this.#show("plain", text);
    this.settle();
  }

  /** @param isNear It is in view, or nearly so. */
  bringNear(isNear: boolean): void {
    this.#isNear = isNear;
    this.settle();
  }

  /** Once it is finished: typesets its formulas if it is near. One in which something is selected stays as it is. */
  settle(): void {
    if (this.#isFinished && this.#wanted !== this.#shown)
      void this.#settle().catch(() => {
        // Without what sets formulas the text stays as it was written.
      });
  }

  get #wanted() {
    return this.#isNear && OPENING.test(this.#text) ? "typeset" : "plain";
  }

  async #settle(): Promise<void> {
    if (this.#wanted === "plain") return this.#fade();
    const { typesetThought } = await loadTypesetter();
    const { element } = this;
    const isWanted = this.#isFinished && this.#wanted === "typeset" && this.#shown !== "typeset";
    if (!isWanted || !element.isConnected || isSelected(element)) return;
    // It may be gone on with before all is typeset.
    const parts = typesetThought(this.#text, () => this.#shown === "typeset" || this.#shown === "growing");
    for (const part of parts) if (typeof part !== "string") markFormula(part, part.textContent);
    this.#typeset = linesIn(parts).map((line) => lineOf(...line));
    this.#show("typeset", ...this.#typeset);
  }

  /** Makes it plain, line by line: to part with the elements of all of its formulas at once would take half a frame. */
  #fade(): void {
    if (isSelected(this.element)) return;
    if (this.#shown === "typeset") this.#shown = "fading";
    const { element } = this;
    const shown = this.#shown;
    const isStill = () => this.#isFinished && this.#wanted === "plain" && this.#shown === shown && !isSelected(element);
    const later = (act: () => void) => whenFree(() => isStill() && act());
    for (const line of this.#typeset) later(() => line.replaceChildren(writtenIn(line)));
    this.#typeset = [];
    later(() => this.#show("plain", this.#text));
  }

  #grow(): void {
    const goesOn = !this.#growing && this.element.hasChildNodes();
    // Where it grows, it is mostly followed.
    this.#isNear ||= goesOn;
    this.#growing ??= this.#beginGrowth();
    this.#growing.say(this.#text, this.#isNear ? typesetterNow() : undefined, goesOn);
    if (this.#isFinished) this.#endGrowth(this.#growing);
  }

  /** What is typeset stays as it is. */
  #beginGrowth(): GrowingLines {
    const lines = new GrowingLines(this.element, this.#shown === "typeset" ? this.#typeset : []);
    this.#typeset = [];
    this.#shown = "growing";
    return lines;
  }

  #endGrowth(lines: GrowingLines): void {
    if (lines.typeset && OPENING.test(this.#text)) {
      this.#typeset = lines.typeset;
      this.#shown = "typeset";
    }
    lines.stop();
    this.#growing = undefined;
  }

  #show(shown: "plain" | "typeset", ...content: (Node | string)[]): void {
    this.#shown = shown;
    if (shown !== "typeset") this.#typeset = [];
    this.element.replaceChildren(...content);
  }
}
