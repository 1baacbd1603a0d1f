import { saveFile } from "../../components/save-file";
import type { WholeConversation } from "../../conversations/conversation";
import { conversationsToJson } from "../../conversations/file";
import { conversationToMarkdown } from "../../conversations/markdown";
import { useWords } from "../../words/words-context";
import { useConversations } from "../conversations-context";

type Form = "markdown" | "json";

/** Saves one conversation, or all, as a file. */
export function useExport(): (form: Form, id?: string) => void {
  const { t } = useWords();
  const conversations = useConversations();
  const words = { reasoning: t("reasoning.label"), unfinished: t("conversations.unfinished") };
  const write = async (form: Form, id?: string) => {
    const all = await conversations.read(id);
    const name = fileNameOf(all);
    if (form === "json") return saveFile(`${name}.json`, "application/json", conversationsToJson(all, Date.now()));
    const texts = all.map((one) => conversationToMarkdown(one, words));
    saveFile(`${name}.md`, "text/markdown", texts.join("\n\n"));
  };
  return (form, id) => void write(form, id).catch(conversations.report);
}

/** Letters and digits of a title, or the day. */
function fileNameOf([only, ...others]: readonly WholeConversation[]): string {
  const title = others.length === 0 ? (only?.conversation.title ?? "") : "";
  const words = title.match(/[\p{L}\p{N}]+/gu)?.slice(0, 8) ?? ["conversations"];
  return `longhand-${words.join("-").toLowerCase()}-${new Date().toISOString().slice(0, 10)}`;
}
