import { Dialog } from "../components/dialog";
import { Keycaps } from "../components/keycaps";
import { isApplePlatform } from "../state/platform";
import { type Keys, SHORTCUTS, type ShortcutName } from "../state/shortcuts";
import type { Words } from "../words/words";
import { useWords } from "../words/words-context";

/** What keys do, as they are called on this system. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const rows = [
    { name: "send", keys: { key: "Enter" } },
    { name: "newLine", keys: { key: "Enter", shift: true } },
    ...(Object.keys(SHORTCUTS) as ShortcutName[]).map((name) => ({ name, keys: SHORTCUTS[name] })),
  ] as const;
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(({ name, keys }) => (
          <div key={name}>
            <dt>{t(`shortcuts.${name}`)}</dt>
            <dd>
              <Keycaps keys={keycapsOf(keys, words, isApplePlatform(navigator))} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="text-sm text-muted">{t("shortcuts.escape")}</p>
    </Dialog>
  );
}

function keycapsOf({ key, mod, shift }: Keys, { t }: Words, isApple: boolean): string[] {
  const names: Record<string, string> = { Enter: isApple ? "↩" : t("keys.enter"), Escape: t("keys.escape") };
  return [
    ...(mod ? [isApple ? "⌘" : t("keys.ctrl")] : []),
    ...(shift ? [isApple ? "⇧" : t("keys.shift")] : []),
    names[key] ?? key.toUpperCase(),
  ];
}
