import type { Gpu } from "@gpu/device";
import { type DBSchema, openDB } from "idb";

/** What was measured to run fastest, kept from visit to visit. Losing it costs a few seconds at the next opening. */
interface ChoicesSchema extends DBSchema {
  /** By device: entries of gpu.choices. */
  choices: { key: string; value: [string, unknown][] };
}

/** Changes with the kernels: what an older version chose may not be a choice any more. */
const VERSION = 3;

/** Fills gpu.choices with what was kept for this device. */
export async function recallChoices({ adapter, choices }: Gpu): Promise<void> {
  await withDatabase(async (database) => {
    for (const [key, choice] of (await database.get("choices", deviceKey(adapter))) ?? []) choices.set(key, choice);
  });
}

/** Keeps gpu.choices for the next visit. */
export async function keepChoices({ adapter, choices }: Gpu): Promise<void> {
  if (choices.size === 0) return;
  await withDatabase((database) => database.put("choices", [...choices], deviceKey(adapter)));
}

const deviceKey = ({ description, features }: Gpu["adapter"]): string => [description, ...features].join(", ");

const openDatabase = () =>
  openDB<ChoicesSchema>("longhand-device", VERSION, {
    upgrade(database) {
      if (database.objectStoreNames.contains("choices")) database.deleteObjectStore("choices");
      database.createObjectStore("choices");
    },
    // Another tab may bring a newer version; this one must not hold it up.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });

/** Storage that refuses is no reason to fail: the choices are made again. */
async function withDatabase(work: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<unknown>) {
  try {
    const database = await openDatabase();
    await work(database);
    database.close();
  } catch (error) {
    console.warn("Longhand could not keep what it measured on this device.", error);
  }
}
