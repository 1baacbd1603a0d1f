/** A manifest that this version cannot use. The message names the entry. Manifests come from the network: never trusted. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** A safetensors file or index whose description of itself is wrong. The message names the file and the entry. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
}

/** A checkpoint that lacks something the model needs, or has it in another shape. The message names it. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

/** A file of the model is missing, truncated or altered. The message is shown to the person using the app. */
export class ModelFileError extends Error {
  override readonly name = "ModelFileError";
}

/** The browser refused to store or read. The message is shown to the person using the app. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}

/** The browser has no room for the model. The message, with both sizes, is shown to the person using the app. */
export class QuotaError extends Error {
  override readonly name = "QuotaError";
  readonly neededBytes: number;
  /** As the browser estimates it; undefined where it does not tell. */
  readonly freeBytes: number | undefined;

  constructor(neededBytes: number, freeBytes: number | undefined, options?: ErrorOptions) {
    // Chromium reports a fixed quota, whatever it really allows: more than enough is no answer.
    const isTold = freeBytes !== undefined && freeBytes < neededBytes;
    const free = isTold ? `allows only ${inMegabytes(freeBytes, Math.floor)}` : "has no room for it";
    const advice = "Free some disk space, or remove data of other sites, and try again.";
    super(
      `The model needs ${inMegabytes(neededBytes, Math.ceil)} more storage, but this browser ${free}. ${advice}`,
      options,
    );
    this.neededBytes = neededBytes;
    this.freeBytes = freeBytes;
  }
}

const inMegabytes = (bytes: number, round: (value: number) => number): string =>
  `${round(Math.max(0, bytes) / 1e5) / 10} MB`;
