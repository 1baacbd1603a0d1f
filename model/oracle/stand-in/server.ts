import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sendBody } from "./body";
import { answerControl, type SeenRequest } from "./control";
import { type Fault, Faults } from "./faults";
import type { VirtualFile, VirtualFiles } from "./repository";

export interface StandInOptions {
  readonly files: VirtualFiles;
  /** By default "longhand/stand-in". */
  readonly repository?: string | undefined;
  /** By default "main". */
  readonly revision?: string | undefined;
  /** Answers 401 to whoever does not send it. */
  readonly token?: string | undefined;
  /** By default any that is free. */
  readonly port?: number | undefined;
}

export interface StandIn {
  /** What to give as the base URL: "http://127.0.0.1:4321". */
  readonly baseUrl: string;
  readonly repository: string;
  readonly revision: string;
  readonly faults: Faults;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** What a page of any origin needs in order to read the answers. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, range",
  "access-control-allow-methods": "GET, HEAD",
};

/**
 * Serves files at the addresses of Hugging Face: /{repository}/resolve/{revision}/{file}, with HEAD, ranges and ETags. At
 * /control it can be steered from outside: control.ts.
 */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const { repository = "longhand/stand-in", revision = "main", port = 0 } = options;
  const faults = new Faults();
  const seen: SeenRequest[] = [];
  const prefix = `/${repository}/resolve/${revision}/`;
  const server = createServer((request, response) => {
    const path = pathOf(request);
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : "";
    if (path === "/control") return void answerControl(request, response, { faults, seen });
    if (request.method === "OPTIONS") return void response.writeHead(204, CORS).end();
    seen.push({ method: request.method ?? "", file: name, range: request.headers.range });
    const file = options.files.get(name);
    if (options.token && request.headers.authorization !== `Bearer ${options.token}`) return refuse(response, 401);
    if (!file) return refuse(response, 404);
    // A connection that broke is what these tests are about.
    answer(request, response, { name, file, fault: faults.take(name) }).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: actual } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${actual}`,
    repository,
    revision,
    faults,
    seen,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const pathOf = ({ url }: IncomingMessage): string => decodeURIComponent(url?.split("?")[0] ?? "");

interface Asked {
  readonly name: string;
  readonly file: VirtualFile;
  readonly fault: Fault | undefined;
}

async function answer(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
  const { name, file, fault } = asked;
  if (fault?.kind === "status") return refuse(response, fault.status, fault.retryAfter);
  const range = fault?.kind === "ignore-range" ? undefined : rangeOf(request.headers.range, file.bytes);
  if (range === "outside") return refuse(response, 416);
  const [begin, end] = range ?? [0, file.bytes];
  const headers: Record<string, string | number> = {
    ...CORS,
    "access-control-expose-headers": fault?.kind === "hide-range" ? "etag" : "etag, content-range, accept-ranges",
    "accept-ranges": "bytes",
    "content-type": name.endsWith(".json") ? "application/json" : "application/octet-stream",
    "content-length": end - begin,
    etag: `"${name}-${file.bytes}${fault?.kind === "etag" ? "-changed" : ""}"`,
    ...(range && contentRange(range, file, fault)),
  };
  response.writeHead(range ? 206 : 200, headers);
  if (request.method === "HEAD") response.end();
  else await sendBody(response, { file, begin, end, fault });
}

function contentRange([begin, end]: readonly [number, number], { bytes }: VirtualFile, fault: Fault | undefined) {
  if (fault?.kind === "hide-range") return {};
  return { "content-range": `bytes ${begin}-${end - 1}/${fault?.kind === "longer" ? bytes + 1 : bytes}` };
}

function refuse(response: ServerResponse, status: number, retryAfter?: number): void {
  const headers: Record<string, string> = { ...CORS };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  response.writeHead(status, headers);
  response.end("no");
}

/** A single "bytes=first-last"; undefined without one. */
function rangeOf(header: string | undefined, bytes: number): readonly [number, number] | "outside" | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined) return undefined;
  const begin = Number(first);
  const end = Math.min(last ? Number(last) + 1 : bytes, bytes);
  return begin < end ? [begin, end] : "outside";
}
