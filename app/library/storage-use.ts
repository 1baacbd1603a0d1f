import type { StorageUse } from "./protocol";

/** What this origin has stored and may still store; undefined where the browser does not tell. In a page or a worker. */
export async function storageUse(): Promise<StorageUse | undefined> {
  // Not there on a page that did not come over https.
  const storage = navigator.storage as StorageManager | undefined;
  const { quota, usage } = (await storage?.estimate?.()) ?? {};
  if (quota === undefined || usage === undefined) return undefined;
  const isPersistent = (await storage?.persisted?.()) ?? false;
  return { usedBytes: usage, freeBytes: Math.max(0, quota - usage), isPersistent };
}
