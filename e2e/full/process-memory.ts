import { readdirSync, readFileSync } from "node:fs";

/**
 * The most memory that each kind of process of the browser ever had, as Linux counts it: all of a process, code and
 * shared pages included. Nothing on other systems.
 *
 * @returns bytes by kind: "renderer", "gpu-process", "utility" …
 */
export function peakProcessMemory(): Record<string, number> {
  const peaks: Record<string, number> = {};
  for (const pid of descendants(process.pid)) {
    const kind = /--type=([\w-]+)/.exec(read(`/proc/${pid}/cmdline`))?.[1];
    const kibibytes = Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
    if (kind) peaks[kind] = Math.max(peaks[kind] ?? 0, kibibytes * 1024);
  }
  return peaks;
}

function descendants(root: number): number[] {
  const parents = pids().map((pid) => [pid, Number(/PPid:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1])] as const);
  const below = (parent: number): number[] =>
    parents.filter(([, of]) => of === parent).flatMap(([pid]) => [pid, ...below(pid)]);
  return below(root);
}

function pids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** A process may end while it is looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
