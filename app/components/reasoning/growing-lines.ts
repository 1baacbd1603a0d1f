import { isSelected } from "../is-selected";
import { settledLength } from "../markdown/settled-length";
import { lineOf, linesIn, markFormula, sourceOf, writtenIn } from "./thought-lines";
import type { Typesetter } from "./typesetter";

type Part = ReturnType<Typesetter["grownParts"]>["parts"][number];
type Formula = Exclude<Part, string>;
type Placing = (formula: Formula) => HTMLElement | undefined;

/** In a frame formulas are typeset for so long, but for one; what comes after them waits for the next frame. */
const MOST_MS = 1;
/** More text than this at once, in characters, is shown as it was written. */
const MOST_AT_ONCE = 400;

/**
 * The lines of a text that grows, in an element. A formula is typeset when its end has come, while nothing is below it:
 * later it would move what is being read. Only the line in which something changes is touched.
 */
export class GrowingLines {
  readonly #place: HTMLElement;
  /** What is said in lines that stay as they are, and the lines after them. */
  #settled = "";
  #open: HTMLElement[] = [];
  #isTypeset = true;
  #frame = 0;

  /** @param lines What the place consists of, to be gone on with; else it is emptied. */
  constructor(place: HTMLElement, lines: readonly HTMLElement[]) {
    this.#place = place;
    this.#open = [...lines];
    if (lines.length === 0) place.replaceChildren();
  }

  /** The lines, if all that there is to typeset is typeset. */
  get typeset(): HTMLElement[] | undefined {
    if (!this.#isTypeset || this.#frame !== 0) return undefined;
    return [...this.#place.children] as HTMLElement[];
  }

  /**
   * @param typesetter Without it formulas are said as they were written.
   * @param isAtOnce All formulas are typeset at once, however long that takes: most of this has been there before.
   */
  say(text: string, typesetter: Typesetter | undefined, isAtOnce = false): void {
    this.stop();
    // A finished text lacks the break after its last line.
    if (this.#settled === `${text}\n`) return void this.#bring([]);
    if (!text.startsWith(this.#settled)) this.#beginAnew();
    const rest = text.slice(this.#settled.length);
    const shown = this.#open.reduce((sum, line) => sum + writtenIn(line).length, 0);
    if (!typesetter || (!isAtOnce && rest.length - shown > MOST_AT_ONCE)) {
      // What is still open stays so: its end would be taken for the beginning of a formula.
      const settled = typesetter?.grownParts(rest).settled ?? settledLength(rest);
      if (/[$\\]/.test(rest.slice(0, settled))) this.#isTypeset = false;
      this.#bring([rest]);
      this.#settle(text, settled);
      return;
    }
    const { parts, settled } = typesetter.grownParts(rest);
    if (this.#bring(parts, typesetter, isAtOnce ? Infinity : MOST_MS)) this.#settle(text, settled);
    else this.#frame = requestAnimationFrame(() => this.say(text, typesetter));
  }

  /** What still waits for a frame is not said. */
  stop(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #beginAnew(): void {
    this.#place.replaceChildren();
    this.#settled = "";
    this.#open = [];
    this.#isTypeset = true;
  }

  /** Has the open lines say this. @returns false when there was no time for all of it. */
  #bring(parts: readonly Part[], typesetter?: Typesetter, mostMs = MOST_MS): boolean {
    const place = inTime((formula) => placeFor(formula, typesetter), mostMs);
    const lines = linesIn(parts);
    let count = 0;
    let isWhole = true;
    while (isWhole && count < lines.length) {
      const line = this.#open[count] ?? this.#add();
      isWhole = this.#bringLine(line, lines[count++] ?? [], place);
    }
    for (const line of this.#open.splice(count)) line.remove();
    return isWhole;
  }

  #add(): HTMLElement {
    const line = lineOf();
    this.#open.push(line);
    this.#place.append(line);
    return line;
  }

  #bringLine(line: HTMLElement, parts: readonly Part[], place: Placing): boolean {
    // What is selected stays.
    const isKept = isSelected(line);
    let count = 0;
    for (const part of parts) {
      const node = line.childNodes[count];
      if (typeof part === "string") bring(line, node, part);
      else if (isKept) this.#keep(line, node, part);
      else if (!this.#bringFormula(line, node, part, place)) break;
      count++;
    }
    while (line.childNodes.length > count) line.lastChild?.remove();
    return count === parts.length;
  }

  #bringFormula(line: HTMLElement, node: Node | undefined, formula: Formula, place: Placing): boolean {
    if (isThere(node, formula)) return true;
    const made = place(formula);
    if (made) put(line, node, made);
    return made !== undefined;
  }

  /** As it is, or else as it was written. */
  #keep(line: HTMLElement, node: Node | undefined, formula: Formula): void {
    if (isThere(node, formula)) return;
    this.#isTypeset = false;
    bring(line, node, formula.source);
  }

  /** Of what is open, so many characters of whole lines stay as they are. */
  #settle(text: string, length: number): void {
    const end = this.#settled.length + length;
    let settled = this.#settled.length;
    while (settled < end && this.#open[0]) settled += writtenIn(this.#open.shift()).length;
    this.#settled = text.slice(0, end);
  }
}

const isThere = (node: Node | undefined, { source }: Formula) => node !== undefined && sourceOf(node) === source;

function placeFor(formula: Formula, typesetter: Typesetter | undefined): HTMLElement {
  const place = document.createElement("span");
  typesetter?.typesetIn(place, formula);
  markFormula(place, formula.source);
  return place;
}

/** Does this as long as there is time, but once at least; then it returns undefined. */
function inTime(place: (formula: Formula) => HTMLElement, mostMs: number): Placing {
  const until = performance.now() + mostMs;
  let count = 0;
  return (formula) => (count++ === 0 || performance.now() < until ? place(formula) : undefined);
}

const put = (line: HTMLElement, before: Node | undefined, now: Node) =>
  before ? line.replaceChild(now, before) : line.append(now);

/** Has the text at this place of a line say this, changing as little as possible at its end. */
function bring(line: HTMLElement, node: Node | undefined, text: string): void {
  if (!(node instanceof Text)) put(line, node, document.createTextNode(text));
  else if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else if (node.data.startsWith(text)) node.deleteData(text.length, node.data.length - text.length);
  else node.data = text;
}
