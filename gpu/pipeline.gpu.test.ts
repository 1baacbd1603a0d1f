import { expect, test } from "vitest";
import { type KernelCall, prepare } from "./kernel";
import { checked, compile, submit } from "./recording";
import { createTensor, download } from "./tensor";
import { openTestGpu } from "./testing/harness";

const fill = `
  override value: f32;
  @group(0) @binding(0) var<storage, read_write> out: array<f32>;
  @compute @workgroup_size(4) fn fill(@builtin(local_invocation_index) i: u32) { out[i] = value; }`;

async function call(wgsl: string, value: number, label: string) {
  const gpu = await openTestGpu();
  const out = createTensor(gpu, "out", [4]);
  const kernel: KernelCall = {
    label,
    wgsl,
    constants: { value },
    bindings: { 0: out },
    workgroups: () => [1, 1, 1],
  };
  return { gpu, out, dispatch: prepare(gpu, kernel) };
}

test("compiled ahead, or when it is encoded: the same result", async () => {
  const { gpu, out, dispatch } = await call(fill, 7, "fill ahead");
  await compile(gpu, [dispatch, dispatch]);
  await checked(gpu, "fill", () => submit(gpu, [dispatch], 1));
  expect([...(await download(gpu, out))]).toEqual([7, 7, 7, 7]);

  const late = await call(fill, 8, "fill late");
  await checked(gpu, "fill", () => submit(gpu, [late.dispatch], 1));
  await compile(gpu, [late.dispatch]);
  expect([...(await download(gpu, late.out))]).toEqual([8, 8, 8, 8]);
});

test("one pipeline for each shader and constants", async () => {
  const one = await call(fill, 1, "fill one");
  const same = await call(fill, 1, "fill same");
  const other = await call(fill, 2, "fill other");
  expect(same.dispatch.pipeline).toBe(one.dispatch.pipeline);
  expect(other.dispatch.pipeline).not.toBe(one.dispatch.pipeline);
});

test.each([
  { what: "a shader that does not compile", wgsl: fill.replace("out[i]", "nothing[i]"), message: "nothing" },
  {
    what: "an entry point without a workgroup size",
    wgsl: fill.replace("@workgroup_size(4)", ""),
    message: "workgroup_size",
  },
  { what: "a constant that the shader lacks", wgsl: fill.replaceAll("value", "worth"), message: "value" },
])("$what is refused by name, with the compiler's words", async ({ what, wgsl, message }) => {
  const { gpu, dispatch } = await call(wgsl, 3, what);
  const compiling = compile(gpu, [dispatch]);
  await expect(compiling).rejects.toMatchObject({ name: "GpuFaultError" });
  await expect(compiling).rejects.toThrow(`compiling ${what}`);
  await expect(compiling).rejects.toThrow(message);
});

test("a binding that the shader does not have is refused", async () => {
  const { gpu, out } = await call(fill, 4, "fill");
  const bindings = { 0: out, 1: out };
  const dispatch = prepare(gpu, {
    label: "twice",
    wgsl: fill,
    constants: { value: 5 },
    bindings,
    workgroups: () => [1, 1, 1],
  });
  await expect(compile(gpu, [dispatch])).rejects.toThrow("twice");
});
