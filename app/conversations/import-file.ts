import type { WholeConversation } from "./conversation";
import { ConversationFileError, parseConversations } from "./parse-file";
import { withNewIds } from "./with-new-ids";

/** Longer files are not read: nobody writes that much, and all of it is held in memory at once. */
const LONGEST_FILE = 256 * 2 ** 20;

/**
 * The conversations in a file, under new ids: they may be here already, or be about to be deleted for good.
 *
 * @throws ConversationFileError
 */
export async function importFrom(file: Pick<File, "size" | "text">, newId: () => string): Promise<WholeConversation[]> {
  if (file.size > LONGEST_FILE) throw new ConversationFileError("The file is too long.");
  return parseConversations(await file.text()).map((one) => withNewIds(one, newId));
}
