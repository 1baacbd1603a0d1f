/** A list longer than this, in characters, is cut, so that what is added to it is not parsed with all of it. */
const MOST_CHARACTERS = 500;

/** An item, told from a rule and from what may still become one: its indent, its mark, and that something follows. */
const ITEM = /^(?<indent> {0,3})(?:(?<bullet>[-*+])|(?<number>\d{1,9})(?<after>[.)]))\s+\S/;

/**
 * Cuts a long list between its items into lists that look like one. It is cut only where its numbers go on one by
 * one: the browser counts others in a way of its own.
 *
 * @param block A list, or anything else, which stays whole.
 * @param isInside Of each line: whether it is within code or a display formula that an earlier one has opened.
 */
export function splitList(block: string, isInside: readonly boolean[]): string[] {
  if (block.length <= MOST_CHARACTERS) return [block];
  const lists: string[] = [];
  let begin = 0;
  for (const at of itemsIn(block, isInside)) {
    if (at - begin <= MOST_CHARACTERS) continue;
    lists.push(block.slice(begin, at - 1));
    begin = at;
  }
  return [...lists, block.slice(begin)];
}

/** Whether a block is a list of the same kind as the one before it: it goes on with that. */
export function isSameList(before: string | undefined, block: string): boolean {
  const [first, second] = [itemIn(before ?? ""), itemIn(block)];
  return first !== undefined && second !== undefined && (first.bullet === undefined) === (second.bullet === undefined);
}

/** Where the items after the first begin, up to one whose number does not go on. */
function* itemsIn(block: string, isInside: readonly boolean[]): Generator<number> {
  let last = itemIn(block);
  let position = 0;
  for (const [index, line] of block.split("\n").entries()) {
    const item = index > 0 && last && !isInside[index] ? itemIn(line) : undefined;
    if (item && item.indent === last?.indent && item.mark === last.mark) {
      if (!item.bullet && item.number !== last.number + 1) return;
      last = item;
      yield position;
    }
    position += line.length + 1;
  }
}

function itemIn(line: string) {
  const { indent, bullet, number, after } = ITEM.exec(line)?.groups ?? {};
  return indent === undefined ? undefined : { indent, bullet, mark: bullet ?? after, number: Number(number) };
}
