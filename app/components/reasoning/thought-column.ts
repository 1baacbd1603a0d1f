import { ThoughtBlock } from "./thought-block";

/** What was thought so far: finished blocks of whole lines, and the lines still growing. */
export interface Thought {
  readonly blocks: readonly string[];
  readonly tail: string;
  /** More comes to the tail. */
  readonly isGrowing: boolean;
}

/**
 * Keeps an element saying a thought. It is not React's, which would look at each of a hundred blocks in each frame: here
 * a frame touches the end alone. Finished blocks have their formulas typeset while they are in view or nearly so: what
 * 30,000 tokens take of the page's memory is what is looked at.
 */
export class ThoughtColumn {
  readonly #place: HTMLElement;
  readonly #blocks: ThoughtBlock[] = [];
  readonly #byElement = new Map<Element, ThoughtBlock>();
  readonly #observer: IntersectionObserver;

  /** @param viewport in which the place scrolls. */
  constructor(place: HTMLElement, viewport: HTMLElement) {
    this.#place = place;
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#byElement.get(target)?.bringNear(isIntersecting);
      },
      { root: viewport, rootMargin: "50% 0px" },
    );
    document.addEventListener("selectionchange", this.#settle);
  }

  say({ blocks, tail, isGrowing }: Thought): void {
    const count = tail === "" ? blocks.length : blocks.length + 1;
    const finished = isGrowing ? blocks.length : count;
    for (const block of this.#blocks.splice(count)) this.#remove(block);
    for (let index = 0; index < count; index++) {
      const text = blocks[index] ?? tail;
      const block = this.#blocks[index] ?? this.#add(isGrowing);
      // Before the first word there is nothing.
      block.say(index === 0 ? text.trimStart() : text, index < finished);
    }
  }

  dispose(): void {
    this.#observer.disconnect();
    document.removeEventListener("selectionchange", this.#settle);
    this.#place.replaceChildren();
  }

  /** @param isNear Where it grows, it is mostly followed. */
  #add(isNear: boolean): ThoughtBlock {
    const block = new ThoughtBlock(isNear);
    this.#blocks.push(block);
    this.#byElement.set(block.element, block);
    this.#place.append(block.element);
    this.#observer.observe(block.element);
    return block;
  }

  #remove({ element }: ThoughtBlock): void {
    this.#byElement.delete(element);
    this.#observer.unobserve(element);
    element.remove();
  }

  /** What was selected may be so no longer. */
  readonly #settle = () => {
    for (const block of this.#blocks) block.settle();
  };
}
