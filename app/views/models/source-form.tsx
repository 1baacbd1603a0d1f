import { useId } from "react";
import { Field } from "../../components/field";
import { outermostFiles } from "../../library/sources";
import { useWords } from "../../words/words-context";
import type { Draft } from "./source-draft";

interface SourceFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
}

const KINDS = [
  { kind: "hugging-face", label: null },
  { kind: "picked", label: "source.device" },
  { kind: "folder", label: "source.format" },
] as const;

/** Where a model is to come from. */
export function SourceForm({ draft, onChange }: SourceFormProps) {
  const { t } = useWords();
  const name = useId();
  return (
    <div className="space-y-3">
      <fieldset className="choices">
        <legend className="mb-1.5 text-sm font-medium">{t("source.title")}</legend>
        {KINDS.map(({ kind, label }) => (
          <label key={kind}>
            <input
              type="radio"
              name={name}
              checked={draft.kind === kind}
              onChange={() => onChange({ ...draft, kind })}
            />
            {label ? t(label) : "Hugging Face"}
          </label>
        ))}
      </fieldset>
      <FieldsFor draft={draft} onChange={onChange} />
    </div>
  );
}

function FieldsFor({ draft, onChange }: SourceFormProps) {
  const { t } = useWords();
  if (draft.kind === "folder")
    return (
      <Field
        label={t("source.folderUrl")}
        type="url"
        placeholder="https://…"
        explanation={t("source.folderUrlHint")}
        value={draft.folderUrl}
        onChange={({ target }) => onChange({ ...draft, folderUrl: target.value })}
      />
    );
  if (draft.kind === "picked") return <Files draft={draft} onChange={onChange} />;
  return <Repository draft={draft} onChange={onChange} />;
}

function Files({ draft, onChange }: SourceFormProps) {
  const { t, format } = useWords();
  const pick = (files: FileList | null) => onChange({ ...draft, files: outermostFiles([...(files ?? [])]) });
  const count = draft.files.length;
  return (
    <div className="space-y-3">
      <Field
        label={t("source.folder")}
        type="file"
        ref={(input: HTMLInputElement | null) => input?.setAttribute("webkitdirectory", "")}
        explanation={t("source.folderHint")}
        onChange={({ target }) => pick(target.files)}
      />
      <Field label={t("source.files")} type="file" multiple onChange={({ target }) => pick(target.files)} />
      {count > 0 && (
        <p className="text-sm text-muted">{t("source.picked", { count, formatted: format.count(count) })}</p>
      )}
    </div>
  );
}

function Repository({ draft, onChange }: SourceFormProps) {
  const { t } = useWords();
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <div className="space-y-3">
      <Field
        label={t("source.repository")}
        value={draft.repository}
        onChange={({ target }) => change({ repository: target.value })}
      />
      <details className="space-y-3" open={draft.isDetailed}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button by nature. */}
        <summary
          className="w-fit cursor-pointer text-sm text-muted"
          onClick={(event) => {
            event.preventDefault();
            change({ isDetailed: !draft.isDetailed });
          }}
        >
          {t("source.more")}
        </summary>
        <Field
          label={t("source.revision")}
          value={draft.revision}
          onChange={({ target }) => change({ revision: target.value })}
        />
        <Field
          label={t("source.baseUrl")}
          type="url"
          explanation={t("source.baseUrlHint")}
          value={draft.baseUrl}
          onChange={({ target }) => change({ baseUrl: target.value })}
        />
        <Field
          label={t("source.token")}
          type="password"
          explanation={t("source.tokenHint")}
          value={draft.token}
          onChange={({ target }) => change({ token: target.value })}
        />
      </details>
    </div>
  );
}
