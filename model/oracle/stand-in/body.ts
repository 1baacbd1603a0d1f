import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Fault } from "./faults";
import type { VirtualFile } from "./repository";

/** Bytes made and sent at a time. */
const SEGMENT_BYTES = 2 ** 20;

export interface Body {
  readonly file: VirtualFile;
  readonly begin: number;
  readonly end: number;
  readonly fault: Fault | undefined;
}

/** Makes and sends bytes [begin, end) of a file, no faster than they are taken, with a fault if there is one. */
export async function sendBody(response: ServerResponse, { file, begin, end, fault }: Body): Promise<void> {
  const cut = isCut(fault) ? Math.min(end, begin + fault.afterBytes) : end;
  const step = fault?.kind === "slow" ? Math.max(1, Math.ceil(fault.bytesPerSecond / 20)) : SEGMENT_BYTES;
  for (let first = begin; first < cut && !response.destroyed; first += step) {
    const bytes = file.read(first, Math.min(first + step, cut));
    // Of a bfloat16 the sign: its last bit may make no difference in 4 bits.
    if (fault?.kind === "wrong-bytes" && first === begin) bytes[1] = (bytes[1] ?? 0) ^ 0x80;
    await taken(response, bytes);
    if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (cut === end) response.end();
  // What was written is to arrive before the connection breaks.
  else if (fault?.kind === "drop") setTimeout(() => response.destroy(), 20);
}

const isCut = (fault: Fault | undefined) => fault?.kind === "drop" || fault?.kind === "stall";

/** Writes, and waits while the other side does not read. */
async function taken(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (response.write(bytes)) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  // Of a response in many segments the listeners would pile up.
  over.abort();
}
