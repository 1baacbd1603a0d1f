import { execFileSync } from "node:child_process";

/** As git names it, "-dirty" where files were changed. */
export function currentCommit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown commit";
  }
}
