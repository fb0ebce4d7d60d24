import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of its own that a test may fill. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves so many MiB free. */
  fill(freeMib: number): void;
  clear(): void;
  close(): void;
}

/** Undefined where this user may not mount one. */
export function smallDisk(mib: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), "opg-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=755`, "opg-test", path]);
  if (mounted.status !== 0) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const ballast = join(path, "ballast");
  const close = () => {
    spawnSync("umount", ["--lazy", path]);
    rmSync(path, { recursive: true, force: true });
  };
  process.once("exit", close);
  return {
    path,
    fill(freeMib) {
      const file = openSync(ballast, "w");
      const block = Buffer.alloc(2 ** 18);
      const free = () => Number(statfsSync(path).bavail) * Number(statfsSync(path).bsize);
      while (free() > freeMib * 2 ** 20 + block.length) writeSync(file, block);
      closeSync(file);
    },
    clear() {
      const file = openSync(ballast, "w");
      ftruncateSync(file);
      closeSync(file);
    },
    close() {
      process.off("exit", close);
      close();
    },
  };
}
