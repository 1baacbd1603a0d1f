import { isSelected } from "../is-selected";
import { whenFree } from "../when-free";

const loadThought = () => import("../markdown/typeset-thought");

/** What may begin a formula. Without it nothing need be fetched or watched. */
const OPENING = /\$|\\[([]/;

/** "fading": typeset, and on the way to plain. */
type Shown = "lines" | "plain" | "typeset" | "fading";

/**
 * A piece of reasoning in the page. While it grows, and with its formulas typeset, it has an element for each line, so
 * that what changes has the browser lay out one line alone; finished and far away it is one text, which takes least.
 */
export class ThoughtBlock {
  readonly element = document.createElement("div");
  #text = "";
  #isFinished = false;
  #isNear = false;
  #shown: Shown = "plain";
  /** Of lines: the text before the last one, and the last one. */
  #before = "";
  #last = document.createTextNode("");
  /** Typeset, and as it was written. */
  #typeset: [line: HTMLElement, written: string][] = [];

  constructor() {
    this.element.className = "reasoning-block";
  }

  /** Has it say this. What it said before stays as it is, as far as it is the same: a selection in it outlives that. */
  say(text: string, isFinished: boolean): void {
    if (text === this.#text && isFinished === this.#isFinished) return;
    this.#isFinished = isFinished;
    if (text !== this.#text) {
      this.#text = text;
      if (isFinished && this.#shown !== "lines") this.#show("plain", text);
      else this.#grow();
    }
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
    const { typesetThought } = await loadThought();
    const { element } = this;
    const isWanted = this.#isFinished && this.#wanted === "typeset" && this.#shown !== "typeset";
    if (!isWanted || !element.isConnected || isSelected(element)) return;
    const parts = typesetThought(this.#text, () => this.#shown === "typeset");
    this.#typeset = linesIn(parts).map((line) => [lineOf(...line), writtenIn(line)]);
    this.#show("typeset", ...this.#typeset.map(([line]) => line));
  }

  /** Makes it plain, line by line: to part with the elements of all of its formulas at once would take half a frame. */
  #fade(): void {
    if (isSelected(this.element)) return;
    if (this.#shown === "typeset") this.#shown = "fading";
    const { element } = this;
    const shown = this.#shown;
    const isStill = () => this.#isFinished && this.#wanted === "plain" && this.#shown === shown && !isSelected(element);
    const later = (act: () => void) => whenFree(() => isStill() && act());
    for (const [line, written] of this.#typeset) later(() => line.replaceChildren(written));
    this.#typeset = [];
    later(() => this.#show("plain", this.#text));
  }

  #grow(): void {
    if (this.#shown !== "lines" || !this.#text.startsWith(this.#before)) {
      this.#before = "";
      this.#last = document.createTextNode("");
      this.#show("lines", lineOf(this.#last));
    }
    const [first = "", ...more] = linesOf(this.#text.slice(this.#before.length));
    bring(this.#last, first);
    for (const line of more) {
      this.#before += this.#last.data;
      this.#last = document.createTextNode(line);
      this.element.append(lineOf(this.#last));
    }
  }

  #show(shown: "lines" | "plain" | "typeset", ...content: (Node | string)[]): void {
    this.#shown = shown;
    if (shown !== "typeset") this.#typeset = [];
    this.element.replaceChildren(...content);
  }
}

function lineOf(...parts: (Node | string)[]): HTMLElement {
  const line = document.createElement("div");
  line.className = "thought-line";
  line.append(...parts);
  return line;
}

const writtenIn = (parts: readonly (HTMLElement | string)[]): string =>
  parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("");

/** Each with the break that ends it. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Cuts text with elements in it into lines. */
function linesIn(parts: readonly (HTMLElement | string)[]): (HTMLElement | string)[][] {
  const lines: (HTMLElement | string)[][] = [[]];
  const pieces = parts.flatMap<HTMLElement | string>((part) => (typeof part === "string" ? linesOf(part) : part));
  for (const piece of pieces) {
    lines.at(-1)?.push(piece);
    if (typeof piece === "string" && piece.endsWith("\n")) lines.push([]);
  }
  return lines.filter((line) => line.length > 0);
}

/** Changes as little as possible at the end of a node, so that it says `text`. */
function bring(node: Text, text: string): void {
  const { data } = node;
  if (text.startsWith(data)) node.appendData(text.slice(data.length));
  else if (data.startsWith(text)) node.deleteData(text.length, data.length - text.length);
  else node.data = text;
}
