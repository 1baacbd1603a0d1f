import type { Piece } from "@model/weights/format";
import { openModelStore } from "@model/weights/store";
import { storedPieces } from "@model/weights/stored-model";

export interface PieceRequest {
  readonly id: number;
  readonly model: string;
  readonly piece: Piece;
  /** Compares the SHA-256; left out for measuring alone. */
  readonly verify: boolean;
}

export interface PieceAnswer {
  /** Of the request. */
  readonly id: number;
  /** Checked, if that was asked for; undefined when there is anything wrong with them. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

const opening = openModelStore();
// Whoever asks is told.
opening.catch(() => undefined);

addEventListener("message", async ({ data }: MessageEvent<PieceRequest>) => {
  const bytes = await read(data).catch(() => undefined);
  postMessage({ id: data.id, bytes } satisfies PieceAnswer, { transfer: bytes ? [bytes.buffer] : [] });
});

async function read({ model, piece, verify }: PieceRequest): Promise<PieceAnswer["bytes"]> {
  // With a way to repair, a damaged piece is left where it is: what to do about it is decided by whoever asked.
  const repair = () => Promise.reject(new Error(`${piece.name} is damaged.`));
  return (await storedPieces(await opening, model, { verify, repair })(piece)) as Uint8Array<ArrayBuffer>;
}
