import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

/** Bytes of a process that are resident; 0 where the system does not say. */
export async function residentBytes(pid: number): Promise<number> {
  if (process.platform === "linux") {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  }
  return new Promise((resolve) => {
    execFile("ps", ["-o", "rss=", "-p", String(pid)], (error, stdout) => resolve(error === null ? 1024 * Number(stdout) : 0));
  });
}
