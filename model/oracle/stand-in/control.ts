import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault, FaultRule, Faults } from "./faults";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly file: string;
  readonly range: string | undefined;
}

/** What another process may see and change of a running stand-in. */
export interface Controlled {
  readonly faults: Faults;
  readonly seen: SeenRequest[];
}

/**
 * Answers a request for /control, by which tests of the page and people at a shell steer a stand-in in another process:
 *
 *   POST    adds a fault: { "fault": …, "rule": … } as faults.ts has them
 *   GET     tells what was asked for since the last time
 *   DELETE  forgets faults and requests
 */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  { faults, seen }: Controlled,
): Promise<void> {
  try {
    if (request.method === "POST") {
      const text = await request.setEncoding("utf8").toArray();
      const { fault, rule } = JSON.parse(text.join("")) as { fault: Fault; rule?: FaultRule };
      faults.add(fault, rule);
    }
    if (request.method === "DELETE") faults.clear();
    const asked = request.method === "POST" ? [] : seen.splice(0);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(asked));
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
}
