import { mkdir, statfs } from "node:fs/promises";

/** Bytes that the disk of a directory still takes from this user. */
export async function freeBytes(directory: string): Promise<number> {
  await mkdir(directory, { recursive: true });
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
