/** Something that follows another of its kind, or begins. */
export interface Node {
  /** A UUID. */
  readonly id: string;
  /** What it follows; null at the beginning. */
  readonly parent: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** For each node that several follow, which of them is shown; "" stands for the beginning. */
export type Choices = Readonly<Record<string, string>>;

const forkOf = ({ parent }: Node): string => parent ?? "";

/** All that follow the same node as this one, and itself, oldest first. */
export const siblingsOf = <T extends Node>(nodes: readonly T[], node: Node): T[] =>
  nodes.filter(({ parent }) => parent === node.parent).sort(byAge);

/** The way that is shown, from the beginning to a leaf. Where nothing was chosen it takes the newest. */
export function pathOf<T extends Node>(nodes: readonly T[], chosen: Choices): T[] {
  const followers = followersOf(nodes);
  const path: T[] = [];
  for (let fork = ""; ; fork = path.at(-1)?.id ?? "") {
    const candidates = followers.get(fork);
    const next = candidates?.find(({ id }) => id === chosen[fork]) ?? candidates?.at(-1);
    if (!next) return path;
    path.push(next);
  }
}

/** All that hang together, each after what it follows. */
export function fromTheBeginning<T extends Node>(nodes: readonly T[]): T[] {
  const followers = followersOf(nodes);
  const ordered = [...(followers.get("") ?? [])];
  for (const { id } of ordered) ordered.push(...(followers.get(id) ?? []));
  return ordered;
}

/** By what they follow, oldest first. */
function followersOf<T extends Node>(nodes: readonly T[]): Map<string, T[]> {
  const followers = new Map<string, T[]>();
  for (const node of [...nodes].sort(byAge)) {
    const siblings = followers.get(forkOf(node));
    if (siblings) siblings.push(node);
    else followers.set(forkOf(node), [node]);
  }
  return followers;
}

/** The choices with this node shown at its fork. */
export const choose = (chosen: Choices, node: Node): Choices => ({ ...chosen, [forkOf(node)]: node.id });

const byAge = (a: Node, b: Node): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
