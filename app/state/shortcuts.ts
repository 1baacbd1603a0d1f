/** What keys may do. Views register what they can do at the moment; a name without an action does nothing. */
export const SHORTCUTS = {
  newConversation: { key: "o", mod: true, shift: true },
  searchConversations: { key: "k", mod: true },
  toggleSidebar: { key: "b", mod: true },
  focusComposer: { key: "/" },
  stop: { key: "Escape" },
  answerNow: { key: "Enter", mod: true },
  regenerate: { key: "Enter", mod: true, shift: true },
  copyAnswer: { key: "c", mod: true, shift: true },
  models: { key: "l", mod: true, shift: true },
  settings: { key: ",", mod: true },
  shortcuts: { key: "?" },
} as const satisfies Record<string, Keys>;

export type ShortcutName = keyof typeof SHORTCUTS;

/** A key, and what is held with it. `mod` is ⌘ on Apple's systems and Ctrl elsewhere. */
export interface Keys {
  readonly key: string;
  readonly mod?: boolean;
  readonly shift?: boolean;
}

/** What a key press is judged by. */
export type Press = Pick<
  KeyboardEvent,
  "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "isComposing" | "defaultPrevented" | "preventDefault"
> & { readonly target: EventTarget | null };

export interface Shortcuts {
  /** Gives a name its action. The last one registered is the one that counts. @returns what takes it away again. */
  register(name: ShortcutName, run: () => void): () => void;
  /** Does what the pressed keys stand for. Whoever has used a press already says so with preventDefault. */
  press(event: Press): void;
}

/**
 * @param isApple whether ⌘ is what Ctrl is elsewhere.
 * @param hasSingleKeys whether keys without a modifier count, Escape aside: speech input types them by mistake.
 */
export function createShortcuts(isApple: boolean, hasSingleKeys: () => boolean): Shortcuts {
  const actions = new Map<ShortcutName, (() => void)[]>();
  return {
    register(name, run) {
      actions.set(name, [...(actions.get(name) ?? []), run]);
      return () => void actions.set(name, actions.get(name)?.filter((other) => other !== run) ?? []);
    },
    press(event) {
      if (event.defaultPrevented || event.isComposing) return;
      const name = namesOf(event, isApple).find((found) => actions.get(found)?.length);
      if (!name || !(isHeld(SHORTCUTS[name]) || mayBeSingle(event, name, hasSingleKeys()))) return;
      event.preventDefault();
      actions.get(name)?.at(-1)?.();
    },
  };
}

const isHeld = ({ mod = false }: Keys): boolean => mod;

/** A letter is for the field that it is typed in. */
const mayBeSingle = ({ target }: Press, name: ShortcutName, isOn: boolean): boolean =>
  name === "stop" || (isOn && !isField(target));

const isField = (target: EventTarget | null): boolean =>
  "matches" in (target ?? {}) && (target as Element).matches("input, textarea, select, [contenteditable]");

function namesOf(event: Press, isApple: boolean): ShortcutName[] {
  const mod = isApple ? event.metaKey : event.ctrlKey;
  const other = isApple ? event.ctrlKey : event.metaKey;
  if (other || event.altKey) return [];
  return (Object.keys(SHORTCUTS) as ShortcutName[]).filter((name) => {
    const keys: Keys = SHORTCUTS[name];
    if ((keys.mod ?? false) !== mod || keyOf(event) !== keys.key) return false;
    // "?" is wherever the keyboard has it, with Shift or without.
    return keys.mod || keys.key === "Escape" ? (keys.shift ?? false) === event.shiftKey : true;
  });
}

/** The letter on the key; where the keyboard writes no Latin letters, the one that it would be on an English one. */
function keyOf({ key, code }: Press): string {
  if (/^[\x20-\x7e]$/.test(key)) return key.toLowerCase();
  return key.length === 1 && code.startsWith("Key") ? code.slice(3).toLowerCase() : key;
}
