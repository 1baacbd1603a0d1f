import type { WholeConversation } from "./conversation";

/**
 * The same conversation under other ids, the turns' included: what is known elsewhere of the old ones, such as the
 * model's state after a turn, is not to be taken for this one's.
 */
export function withNewIds({ conversation, turns }: WholeConversation, newId: () => string): WholeConversation {
  const ids = new Map(turns.map(({ id }) => [id, newId()]));
  const renamed = (id: string): string => ids.get(id) ?? id;
  const chosen = Object.fromEntries(Object.entries(conversation.chosen).map(([at, to]) => [renamed(at), renamed(to)]));
  return {
    conversation: { ...conversation, id: newId(), chosen },
    turns: turns.map((turn) => {
      return { ...turn, id: renamed(turn.id), parent: turn.parent && renamed(turn.parent) };
    }),
  };
}
