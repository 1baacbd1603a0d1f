import { Dialog } from "../components/dialog";
import { Keycaps } from "../components/keycaps";
import { SHORTCUTS, type ShortcutName } from "../state/shortcuts";
import { useWords } from "../words/words-context";
import { keycapsOf } from "./keycaps-of";

/** What keys do, as they are called on this system. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const { t } = words;
  const rows = [
    { name: "send", keys: { key: "Enter" } },
    { name: "newLine", keys: { key: "Enter", shift: true } },
    { name: "askEdited", keys: { key: "Enter", mod: true } },
    ...(Object.keys(SHORTCUTS) as ShortcutName[]).map((name) => ({ name, keys: SHORTCUTS[name] })),
    { name: "rename", keys: { key: "F2" } },
    { name: "remove", keys: { key: "Delete" } },
  ] as const;
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(({ name, keys }) => (
          <div key={name}>
            <dt>{t(`shortcuts.${name}`)}</dt>
            <dd>
              <Keycaps keys={keycapsOf(keys, words)} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="text-sm text-muted">{t("shortcuts.escape")}</p>
    </Dialog>
  );
}
