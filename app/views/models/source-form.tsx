import { useId } from "react";
import { Field } from "../../components/field";
import { outermostFiles } from "../../library/sources";
import type { Draft } from "./source-draft";

interface SourceFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
}

const KINDS = [
  { kind: "hugging-face", label: "Hugging Face" },
  { kind: "picked", label: "This device" },
  { kind: "folder", label: "Longhand's format" },
] as const;

/** Where a model is to come from. */
export function SourceForm({ draft, onChange }: SourceFormProps) {
  const name = useId();
  return (
    <div className="space-y-3">
      <fieldset className="choices">
        <legend className="mb-1.5 text-sm font-medium">Source</legend>
        {KINDS.map(({ kind, label }) => (
          <label key={kind}>
            <input
              type="radio"
              name={name}
              checked={draft.kind === kind}
              onChange={() => onChange({ ...draft, kind })}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <FieldsFor draft={draft} onChange={onChange} />
    </div>
  );
}

function FieldsFor({ draft, onChange }: SourceFormProps) {
  if (draft.kind === "folder")
    return (
      <Field
        label="Address of the folder"
        type="url"
        placeholder="https://…"
        explanation="A folder that npm run convert has made, with manifest.json in it, on a server that this page may read."
        value={draft.folderUrl}
        onChange={({ target }) => onChange({ ...draft, folderUrl: target.value })}
      />
    );
  if (draft.kind === "picked") return <Files draft={draft} onChange={onChange} />;
  return <Repository draft={draft} onChange={onChange} />;
}

function Files({ draft, onChange }: SourceFormProps) {
  const pick = (files: FileList | null) => onChange({ ...draft, files: outermostFiles([...(files ?? [])]) });
  const explanation = "config.json, the tokenizer's files and all .safetensors files, as they were published.";
  return (
    <div className="space-y-3">
      <Field
        label="Folder of the checkpoint"
        type="file"
        ref={(input: HTMLInputElement | null) => input?.setAttribute("webkitdirectory", "")}
        explanation={explanation}
        onChange={({ target }) => pick(target.files)}
      />
      <Field label="Or its files" type="file" multiple onChange={({ target }) => pick(target.files)} />
      {draft.files.length > 0 && <p className="text-sm text-muted">{draft.files.length} files picked.</p>}
    </div>
  );
}

function Repository({ draft, onChange }: SourceFormProps) {
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  return (
    <div className="space-y-3">
      <Field
        label="Repository"
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
          Revision, mirror, token
        </summary>
        <Field label="Revision" value={draft.revision} onChange={({ target }) => change({ revision: target.value })} />
        <Field
          label="Base address"
          type="url"
          explanation="Another address for a mirror."
          value={draft.baseUrl}
          onChange={({ target }) => change({ baseUrl: target.value })}
        />
        <Field
          label="Token"
          type="password"
          explanation="Only for private repositories. It is kept in memory until the page is closed, and never stored."
          value={draft.token}
          onChange={({ target }) => change({ token: target.value })}
        />
      </details>
    </div>
  );
}
