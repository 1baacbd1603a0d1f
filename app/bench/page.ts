import "./bench.css";
import type { BenchEvent, BenchFields, BenchRequest, Row, Table } from "./protocol";
import { showTable } from "./show-table";
import { timeEngine } from "./time-engine";

const form = found(HTMLFormElement, "#plan");
const status = found(HTMLElement, "#status");
const alert = found(HTMLElement, "#alert");
const tables = found(HTMLElement, "#tables");
const save = found(HTMLElement, "#save");

/** What `npm run bench` writes too, so that either can be compared with either. */
const report = {
  device: "",
  features: [] as readonly string[],
  model: "",
  date: "",
  commit: "",
  tables: [] as Table[],
};

const query = new URLSearchParams(location.search);
for (const [name, value] of query) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(form)) as unknown as BenchFields;
  found(HTMLFieldSetElement, "fieldset").disabled = true;
  run(fields).catch(({ message }: Error) => {
    status.textContent = "";
    alert.textContent = message;
  });
});

async function run(fields: BenchFields): Promise<void> {
  Object.assign(report, { date: new Date().toISOString(), commit: query.get("commit") ?? "unknown commit" });
  const worker = new Worker(new URL("./bench-worker.ts", import.meta.url), { type: "module" });
  const { model, contexts } = await answer(worker, { kind: "run", fields }, "stored");
  const rows: Row[] = [];
  for (const context of contexts) {
    status.textContent = `Opening and writing in the page's own worker, at ${context}`;
    rows.push(await timeEngine(model, context));
  }
  if (rows.length > 0)
    add({ title: "Through the page's own worker", note: "Loaded from IndexedDB, then greedy tokens.", rows });
  await answer(worker, { kind: "clean" }, "cleaned");
  worker.terminate();
  status.textContent = "Done.";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(report, null, 1)], { type: "application/json" }));
  link.download = "longhand-bench.json";
  link.textContent = "Save as JSON";
  save.append(link);
}

type Answer<Kind extends BenchEvent["kind"]> = Extract<BenchEvent, { kind: Kind }>;

/** Sends a request and shows what is heard until its answer comes. */
function answer<Kind extends BenchEvent["kind"]>(worker: Worker, request: BenchRequest, kind: Kind) {
  return new Promise<Answer<Kind>>((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message || "The bench's script could not be loaded."));
    worker.onmessage = ({ data }: MessageEvent<BenchEvent>) => {
      if (data.kind === "failed") reject(new Error(data.message));
      else if (data.kind === kind) resolve(data as Answer<Kind>);
      else show(data);
    };
    worker.postMessage(request);
  });
}

function show(event: BenchEvent): void {
  if (event.kind === "doing") status.textContent = event.what;
  if (event.kind === "table") add(event.table);
  if (event.kind !== "device") return;
  const { kind: _, ...device } = event;
  Object.assign(report, device);
  found(HTMLElement, "#device").textContent = `${device.device}, ${device.model}`;
}

function add(table: Table): void {
  report.tables.push(table);
  tables.append(showTable(table));
}

function found<T extends Element>(type: new () => T, selector: string): T {
  const element = document.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`bench.html has no ${selector}.`);
}
