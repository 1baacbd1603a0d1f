import { Template } from "@huggingface/jinja";
import type { TextPart } from "./added-tokens";

export type Role = "system" | "user" | "assistant";

export interface Message {
  readonly role: Role;
  readonly content: string;
}

/** The chat template of a checkpoint, taken apart into what it writes itself and what it does to a message. */
export interface ChatTemplate {
  /**
   * What the template writes before, between and after the contents of messages with these roles, followed by the
   * opening of a reply: one string more than there are roles.
   *
   * @throws ChatTemplateError when it refuses the roles, or drops, repeats or reorders a content.
   */
  literals(roles: readonly Role[]): string[];
  /**
   * The whole rendering; contents, which the template may cut (many trim), are marked as plain text.
   *
   * @throws ChatTemplateError also when a content is changed otherwise, or changes the text around it.
   */
  fill(messages: readonly Message[]): TextPart[];
}

/** A chat template that cannot be used. The message says why. */
export class ChatTemplateError extends Error {
  override readonly name = "ChatTemplateError";
}

/**
 * Stands for a content when only the text around it matters. Characters of the private use area pass through trimming
 * and changes of case, and no template writes them.
 */
const placeholder = (index: number): string => `\uE000${index}\uE001`;

/**
 * Compiles `chat_template` of a tokenizer_config.json.
 *
 * @throws ChatTemplateError when there is none or it is no valid template.
 */
export function parseChatTemplate(config: unknown): ChatTemplate {
  const render = createRenderer(config);

  function literals(roles: readonly Role[]): string[] {
    const rendered = render(roles.map((role, i) => ({ role, content: placeholder(i) })));
    let rest = rendered;
    const pieces = roles.map((role, i) => {
      const [before = "", after] = rest.split(placeholder(i));
      if (after === undefined || rendered.split(placeholder(i)).length !== 2) {
        throw new ChatTemplateError(`The chat template drops, repeats or reorders the text of a ${role} message.`);
      }
      rest = after;
      return before;
    });
    return [...pieces, rest];
  }

  /** What becomes of one content, found between the text that stands around it whatever it is. */
  function transform(around: readonly string[], messages: readonly Message[], index: number): string {
    const before = around.slice(0, index + 1).reduce((text, literal, i) => text + placeholder(i - 1) + literal);
    const after = around.slice(index + 1).reduce((text, literal, i) => text + placeholder(index + i) + literal);
    const rendered = render(
      messages.map((message, i) => (i === index ? message : { ...message, content: placeholder(i) })),
    );
    const content = rendered.slice(before.length, rendered.length - after.length);
    if (rendered !== before + content + after || !messages[index]?.content.includes(content)) {
      throw new ChatTemplateError(
        "The chat template does more to this text than to cut it, or changes what is around it.",
      );
    }
    return content;
  }

  function fill(messages: readonly Message[]): TextPart[] {
    const around = literals(messages.map((message) => message.role));
    const parts = around.flatMap((literal, i): TextPart[] => [
      { text: literal, isPlain: false },
      ...(i < messages.length ? [{ text: transform(around, messages, i), isPlain: true }] : []),
    ]);
    if (parts.map((part) => part.text).join("") !== render(messages)) {
      throw new ChatTemplateError("The chat template writes a message differently depending on another one.");
    }
    return parts;
  }

  return { literals, fill };
}

function createRenderer(config: unknown): (messages: readonly Message[]) => string {
  const entries = typeof config === "object" && config !== null ? (config as Record<string, unknown>) : {};
  const source = defaultTemplate(entries.chat_template);
  if (source === undefined) throw new ChatTemplateError("tokenizer_config.json has no chat_template.");
  const template = orFail("cannot be read", () => new Template(source));
  const tokens = specialTokens(entries);
  return (messages) =>
    orFail("refuses this conversation", () => template.render({ ...tokens, messages, add_generation_prompt: true }));
}

/** Some checkpoints name several templates; the one for plain conversations is called "default". */
function defaultTemplate(entry: unknown): string | undefined {
  if (typeof entry === "string") return entry;
  if (!Array.isArray(entry)) return undefined;
  return (entry as { name?: unknown; template?: unknown }[])
    .filter(({ name, template }) => name === "default" && typeof template === "string")
    .map(({ template }) => String(template))[0];
}

/** Templates may write the tokens that the config names, such as `eos_token`; missing ones are empty, as in Python. */
function specialTokens(entries: Record<string, unknown>): Record<string, string> {
  const names = ["bos_token", "eos_token", "pad_token", "unk_token"];
  return Object.fromEntries(
    names.map((name) => {
      const entry = entries[name];
      const content = typeof entry === "object" && entry !== null ? (entry as { content?: unknown }).content : entry;
      return [name, typeof content === "string" ? content : ""];
    }),
  );
}

function orFail<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatTemplateError(`The chat template ${what}: ${reason}`, { cause });
  }
}
