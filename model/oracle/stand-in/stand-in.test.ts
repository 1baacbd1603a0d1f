import { expect, test, vi } from "vitest";
import { parseGenerationConfig } from "../../chat/generation-config";
import { createPrompt } from "../../chat/prompt";
import { createTokenizer } from "../../chat/tokenizer";
import full from "../fixtures/full/config.json";
import { formulaTensor } from "../formula-weights";
import { formulaRepository } from "./repository";
import { serve } from "./serve";
import { NANO } from "./testing";

test("has the tensors and bytes of the published checkpoint, and makes any of them at once", () => {
  const files = formulaRepository(full, 2);
  const index = JSON.parse(new TextDecoder().decode(files.get("model.safetensors.index.json")?.read(0, 1e6)));
  expect(Object.keys(index.weight_map)).toHaveLength(434);
  expect(index.metadata.total_size).toBe(7_706_608_640);
  const last = files.get("model-00002-of-00002.safetensors");
  expect(last?.read(last.bytes - 5, last.bytes)).toHaveLength(5);
});

test("gives the same bytes in any pieces", () => {
  const file = formulaRepository(NANO, 1).get("model.safetensors");
  const whole = file?.read(0, file.bytes) ?? new Uint8Array();
  for (const [step, end] of [
    [1009, 50_000],
    [65_537, whole.length],
  ] as const) {
    const pieces: Uint8Array[] = [];
    for (let begin = 0; begin < end; begin += step)
      pieces.push(file?.read(begin, Math.min(begin + step, end)) ?? new Uint8Array());
    expect(Buffer.concat(pieces).equals(whole.subarray(0, end))).toBe(true);
  }
  const values = formulaTensor("model.final_layernorm.bias", [64]);
  const upper = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  expect(whole.subarray(-128)).toEqual(new Uint8Array(upper.buffer));
});

test("has a tokenizer, a chat template and settings that this engine can use", () => {
  const files = formulaRepository(NANO, 1);
  const read = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)?.read(0, 1e6)));
  const config = read("tokenizer_config.json");
  const tokenizer = createTokenizer({ tokenizer: read("tokenizer.json"), config });
  expect(tokenizer.decode(tokenizer.encode("2 + 2 = Ärger 🙂\n"))).toBe("2 + 2 = Ärger 🙂\n");
  const { stopIds } = parseGenerationConfig(read("generation_config.json"));
  const prompt = createPrompt({ tokenizer, config, stopIds });
  expect(tokenizer.decode(prompt.openingTurn({ text: "hi" }))).toBe("<|user|>hi<|end|><|assistant|>");
  expect(() => formulaRepository({ ...NANO, vocab_size: 40 }, 1)).toThrow("has no room");
});

test("runs as a program, lets any page in, and can be steered", async () => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const standIn = await serve(["--config", "model/oracle/fixtures/micro/config.json", "--port", "0"]);
  expect(String(written.mock.calls[0])).toContain("microsoft/Phi-4-mini-flash-reasoning at main, 0.01 GB");
  const url = `${standIn.baseUrl}/microsoft/Phi-4-mini-flash-reasoning/resolve/main/config.json`;
  const asked = await fetch(url, { method: "OPTIONS" });
  expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  const head = await fetch(url, { method: "HEAD" });
  expect(head.headers.get("access-control-expose-headers")).toContain("content-range");
  const contentLength = head.headers.get("content-length");
  expect(Number(contentLength)).toBe((await (await fetch(url)).arrayBuffer()).byteLength);
  expect((await fetch(url, { headers: { Range: "bytes=99999-" } })).status).toBe(416);
  const control = `${standIn.baseUrl}/control`;
  const steer = { method: "POST", body: JSON.stringify({ fault: { kind: "longer" }, rule: { file: "config.json" } }) };
  expect((await fetch(control, steer)).status).toBe(200);
  const range = { headers: { Range: "bytes=0-0" } };
  expect((await fetch(url, range)).headers.get("content-range")).toBe(`bytes 0-0/${Number(contentLength) + 1}`);
  expect((await (await fetch(control)).json()).at(-1)).toEqual({
    method: "GET",
    file: "config.json",
    range: "bytes=0-0",
  });
  await fetch(control, steer);
  await fetch(control, { method: "DELETE" });
  expect((await fetch(url, range)).headers.get("content-range")).toBe(`bytes 0-0/${contentLength}`);
  expect((await fetch(control, { method: "POST", body: "{" })).status).toBe(400);
  await standIn.close();
  vi.restoreAllMocks();
});
