import { isApplePlatform } from "../state/platform";
import type { Keys } from "../state/shortcuts";
import type { Words } from "../words/words";

/** Keys as they are called on this system, in the order in which they are pressed. */
export function keycapsOf({ key, mod, shift }: Keys, { t }: Words, isApple = isApplePlatform(navigator)): string[] {
  const names: Record<string, string> = {
    ...{ Enter: isApple ? "↩" : t("keys.enter"), Escape: t("keys.escape") },
    Delete: isApple ? "⌦" : t("keys.delete"),
  };
  return [
    ...(mod ? [isApple ? "⌘" : t("keys.ctrl")] : []),
    ...(shift ? [isApple ? "⇧" : t("keys.shift")] : []),
    names[key] ?? key.toUpperCase(),
  ];
}

/** The same in one word: Ctrl+Enter, ⌘↩. */
export const keysInWords = (keys: Keys, words: Words, isApple = isApplePlatform(navigator)): string =>
  keycapsOf(keys, words, isApple).join(isApple ? "" : "+");
