import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { TensorShelf } from "../ports.ts";
import { orRemove } from "./files.ts";
import { freeBytes } from "./room.ts";

/** A shelf that can be served from. */
export interface Evidence extends TensorShelf {
  /** A tensor of an opened trace, or the roots of all; undefined where there is none. */
  read(job: string, id: number | "roots"): Promise<Shelved | undefined>;
  /** The values of an output; undefined where there are none. */
  readOutput(job: string): Promise<Shelved | undefined>;
}

export interface Shelved {
  readonly length: number;
  readonly stream: Readable;
}

/** Beside the tensors of a job, which are named by their numbers. */
const ROOTS = "roots";

/** Beside the folders of the jobs, which are named in hex: no request for a tensor leads here. */
const INPUTS = "inputs";
const OUTPUTS = "outputs";

/** In a folder, of which every process that works for one account may have the same. */
export function createShelf(directory: string): Evidence {
  return {
    async put(job, tensors, roots) {
      const target = join(directory, checked(job));
      const draft = join(directory, `.${randomUUID()}`);
      await orRemove(draft, async () => {
        await mkdir(draft, { recursive: true });
        for (const [id, tensor] of tensors.entries()) await writeFile(join(draft, String(id)), tensor);
        await writeFile(join(draft, ROOTS), roots);
        await rm(target, { recursive: true, force: true });
        await rename(draft, target);
      });
    },
    async tensors(job, count) {
      const names = Array.from({ length: count }, (_, id) => join(directory, checked(job), String(id)));
      return Promise.all(names.map(async (name) => new Uint8Array(await readFile(name)))).catch(() => undefined);
    },
    putInput: (job, input) => putWhole(join(directory, INPUTS), job, input),
    async input(job) {
      const content = await readFile(join(directory, INPUTS, checked(job))).catch(() => undefined);
      return content && new Uint8Array(content);
    },
    putOutput: (job, values) => putWhole(join(directory, OUTPUTS), job, values),
    room: () => freeBytes(directory),
    read: (job, id) => readFrom(join(directory, checked(job), String(id))),
    readOutput: (job) => readFrom(join(directory, OUTPUTS, checked(job))),
    async drop(job) {
      await rm(join(directory, checked(job)), { recursive: true, force: true });
      for (const folder of [INPUTS, OUTPUTS]) await rm(join(directory, folder, checked(job)), { force: true });
    },
  };
}

/** Writes a file that is named by its job, and is there as a whole or not at all. */
async function putWhole(folder: string, job: string, content: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${randomUUID()}`);
  await orRemove(draft, async () => {
    await writeFile(draft, content, { flush: true });
    await rename(draft, join(folder, checked(job)));
  });
}

async function readFrom(path: string): Promise<Shelved | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? { length: found.size, stream: createReadStream(path) } : undefined;
}

/** INVARIANT: a job id that names a folder is hex and nothing else, so no path leads out of the shelf. */
export function checked(job: string): string {
  if (!/^0x[0-9a-f]{1,56}$/.test(job)) throw new RangeError(`not a job id: ${job}`);
  return job;
}
