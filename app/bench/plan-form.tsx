import { Button } from "../components/button";
import { Field } from "../components/field";
import { useWords } from "../words/words-context";
import type { BenchFields } from "./protocol";

interface PlanFormProps {
  /** What the fields begin with. */
  query: URLSearchParams;
  isRunning: boolean;
  onStart: (fields: BenchFields) => void;
}

/** Numbers and names as `npm run bench` takes them. */
const TEXTS = [
  { name: "only", placeholder: "decode,prefill,kernels" },
  { name: "contexts", placeholder: "128,2048,32768" },
  { name: "prompts", placeholder: "128,1024" },
  { name: "kernels-at", placeholder: "2048,32768" },
] as const;

/** What is to be measured. */
export function PlanForm({ query, isRunning, onStart }: PlanFormProps) {
  const { t } = useWords();
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        onStart(Object.fromEntries(new FormData(event.currentTarget)) as unknown as BenchFields);
      }}
    >
      {/* A field that is disabled is not in the form's values. */}
      <fieldset className="choices">
        <legend className="mb-1.5 text-sm font-medium">{t("bench.sizes")}</legend>
        {(["tiny", "full"] as const).map((size) => (
          <label key={size}>
            <input type="radio" name="config" value={size} defaultChecked={(query.get("config") || "tiny") === size} />
            {t(`bench.${size}`)}
          </label>
        ))}
      </fieldset>
      <details>
        <summary className="w-fit text-sm text-muted">{t("bench.choose")}</summary>
        <div className="mt-3 grid gap-3 sm:grid-cols-2">
          {TEXTS.map(({ name, placeholder }) => (
            <Field
              key={name}
              label={t(`bench.${name}`)}
              name={name}
              placeholder={placeholder}
              defaultValue={query.get(name) ?? ""}
            />
          ))}
        </div>
        <p className="mt-2 text-xs text-muted">{t("bench.leftEmpty")}</p>
      </details>
      <Button type="submit" look="solid" disabled={isRunning}>
        {t("bench.start")}
      </Button>
    </form>
  );
}
