import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { inputError } from "../../../core/errors.ts";
import { reasonOf } from "../../../core/systemErrors.ts";

/** A file as it is served. */
export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** Left out where it would save nothing. */
  readonly gzipped?: Buffer;
  readonly etag: string;
  /** Whether its name changes with its content. */
  readonly isImmutable: boolean;
}

/** By their paths below the folder, with slashes. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What the build puts here has a hash of its content in its name. */
const HASHED = /^assets\//;

const compress = promisify(gzip);

export async function staticFile(path: string, body: Buffer): Promise<StaticFile> {
  const gzipped = await compress(body, { level: 9 });
  return {
    type: TYPES[extname(path)] ?? "application/octet-stream",
    body,
    ...(gzipped.length < body.length && { gzipped }),
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    isImmutable: HASHED.test(path),
  };
}

const missing = (where: string, cause: unknown) =>
  inputError("EXPLORER_MISSING", `the explorer's files are not ${where}: ${reasonOf(cause)}`, {
    fix: "in a checkout build them with npm run build -w web; elsewhere install opengradient-optimistic again; or leave api.explorerRpcUrl away",
  });

/** Where the package of the explorer has its built files. */
export function explorerFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("opengradient-optimistic-explorer/package.json")), "dist");
  } catch (error) {
    throw missing("installed", error);
  }
}

/** All files of the explorer, read and compressed once: they are small, and no path that is asked for ever reaches the disk. */
export async function readExplorer(folder: string): Promise<StaticFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw missing(`in ${folder}`, error);
  });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const named = async (path: string) => {
    const name = relative(folder, path).split(sep).join("/");
    return [name, await staticFile(name, await readFile(path))] as const;
  };
  return new Map(await Promise.all(paths.map(named)));
}
