import type { Draft } from "../draft";
import { QuotaError } from "../errors";
import type { Manifest } from "../format";
import type { Origin } from "../origin";
import type { ModelStore } from "../store";

/** The store's contract without a browser, with a capacity and with everything that was stored in the open. */
export class MemoryStore implements ModelStore {
  readonly manifests = new Map<string, unknown>();
  readonly origins = new Map<string, Origin>();
  readonly drafts = new Map<string, Draft>();
  readonly pieces = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Bytes that pieces may take. */
  capacity = Number.POSITIVE_INFINITY;
  /** What freeBytes answers; by default the truth. */
  estimate: number | undefined | "true" = "true";

  /** Everything that is stored, to compare with later. */
  contents(): object {
    const { manifests, origins, drafts, pieces } = this;
    return structuredClone({ manifests, origins, drafts, pieces });
  }

  async manifest(model: string): Promise<unknown> {
    return this.manifests.get(model);
  }

  async origin(model: string): Promise<Origin | undefined> {
    return this.origins.get(model);
  }

  async adopt(model: string, manifest: Manifest, origin: Origin): Promise<void> {
    this.manifests.set(model, structuredClone(manifest));
    this.origins.set(model, structuredClone(origin));
    await this.discardDraft(model);
  }

  async draft(model: string): Promise<Draft | undefined> {
    return this.drafts.get(model);
  }

  async saveDraft(model: string, draft: Draft): Promise<void> {
    this.drafts.set(model, structuredClone(draft));
  }

  async discardDraft(model: string): Promise<void> {
    this.drafts.delete(model);
    const manifest = this.manifests.get(model) as Manifest | undefined;
    const listed = manifest ? [...manifest.files, ...manifest.chunks] : [];
    const belongs = new Set(listed.map(({ sha256 }) => `${model}/${sha256}`));
    for (const key of this.#keys(model)) if (!belongs.has(key)) this.pieces.delete(key);
  }

  async held(model: string): Promise<ReadonlySet<string>> {
    return new Set(this.#keys(model).map((key) => key.slice(model.length + 1)));
  }

  async get(model: string, sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.pieces.get(`${model}/${sha256}`);
  }

  async put(model: string, sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const free = this.#free();
    if (bytes.byteLength > free) throw new QuotaError(bytes.byteLength, free);
    this.pieces.set(`${model}/${sha256}`, bytes.slice());
  }

  async drop(model: string, sha256: string): Promise<void> {
    this.pieces.delete(`${model}/${sha256}`);
  }

  async list(): Promise<readonly string[]> {
    return [...new Set([...this.manifests.keys(), ...this.drafts.keys()])].sort();
  }

  async delete(model: string): Promise<void> {
    for (const records of [this.manifests, this.origins, this.drafts]) records.delete(model);
    for (const key of this.#keys(model)) this.pieces.delete(key);
  }

  async freeBytes(): Promise<number | undefined> {
    return this.estimate === "true" ? this.#free() : this.estimate;
  }

  close(): void {}

  #keys(model: string): string[] {
    return [...this.pieces.keys()].filter((key) => key.startsWith(`${model}/`));
  }

  #free(): number {
    return this.capacity - [...this.pieces.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}
