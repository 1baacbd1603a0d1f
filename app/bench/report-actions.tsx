import { Check, Copy, Download } from "lucide-react";
import { Button } from "../components/button";
import { saveFile } from "../components/save-file";
import { useCopy } from "../components/use-copy";
import { useWords } from "../words/words-context";
import type { Report } from "./bench-state";

/** What came out, as a file or in the clipboard. */
export function ReportActions({ report }: { report: Report }) {
  const { t } = useWords();
  const { isCopied, copy } = useCopy();
  const json = () => JSON.stringify(report, null, 1);
  const CopySign = isCopied ? Check : Copy;
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => saveFile("longhand-bench.json", "application/json", json())}>
        <Download aria-hidden className="size-4" />
        {t("bench.save")}
      </Button>
      <Button onClick={() => copy(json())}>
        <CopySign aria-hidden className="size-4" />
        {t(isCopied ? "turn.copied" : "bench.copy")}
      </Button>
    </div>
  );
}
