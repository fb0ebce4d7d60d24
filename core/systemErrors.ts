import type { ErrorCode } from "./errorCodes.ts";
import { type OpgError, refusedError } from "./errors.ts";

/** What the operating system refuses, by its own names: code, what it means in a sentence, and the way out. */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [code: ErrorCode, says: string, fix: string]>> = {
  EACCES: ["PERMISSION", "this user may not", "correct its owner or permissions, or name another"],
  EPERM: ["PERMISSION", "this user may not", "correct its owner or permissions, or name another"],
  EEXIST: ["EXISTS", "it exists already", "name another, or move it away"],
  ENOTEMPTY: ["EXISTS", "it is not empty", "name another, or move it away"],
  ENOENT: ["NOT_FOUND", "there is no such file or directory", "check the path"],
  EISDIR: ["PATH_KIND", "it is a directory", "name a file"],
  ENOTDIR: ["PATH_KIND", "a part of the path is no directory", "check the path"],
  ELOOP: ["PATH_KIND", "its links lead in a circle", "check the path"],
  ENAMETOOLONG: ["PATH_KIND", "its name is too long", "shorten the path"],
  ENOSPC: ["DISK_FULL", "the disk is full", "make room"],
  EDQUOT: ["DISK_FULL", "the quota of the disk is used up", "make room"],
  EFBIG: ["DISK_FULL", "the file would be larger than it may be", "make room, or name another disk"],
  EROFS: ["DISK_READ_ONLY", "the disk takes no writes", "name a path on another disk"],
  EIO: ["DISK_FAULT", "the disk fails", "see the system's log"],
  EBUSY: ["DISK_FAULT", "something else uses it", "stop what uses it"],
  ESTALE: ["DISK_FAULT", "the network disk has lost it", "mount the disk anew"],
  EMFILE: ["TOO_MANY_OPEN", "this process has too many files open", "raise the limit (ulimit -n)"],
  ENFILE: ["TOO_MANY_OPEN", "this machine has too many files open", "close what has them open"],
  ENOMEM: ["OUT_OF_MEMORY", "the system gives no more memory", "give the machine more, or run less on it"],
  EADDRINUSE: ["PORT_IN_USE", "another program listens there", "stop it, or choose another port"],
  EADDRNOTAVAIL: ["NO_SUCH_HOST", "it is no address of this machine", "name one that it has, such as 127.0.0.1"],
  ENOTFOUND: ["NO_SUCH_HOST", "the name of the host is not known", "check the name"],
  EAI_AGAIN: ["NO_SUCH_HOST", "the name of the host cannot be looked up now", "check the name and the network"],
  ECONNREFUSED: ["NO_CONNECTION", "nobody listens there", "check the address, and that what should answer runs"],
  ECONNRESET: ["NO_CONNECTION", "the other side broke the connection", "try again"],
  ETIMEDOUT: ["NO_CONNECTION", "nobody answers there", "check the address and the network"],
  EHOSTUNREACH: ["NO_CONNECTION", "there is no way to this host", "check the address and the network"],
  ENETUNREACH: ["NO_CONNECTION", "there is no way to this network", "check the address and the network"],
  EPIPE: ["OUTPUT_CLOSED", "whoever read it went away", "nothing"],
};

/** Words of what the system was doing. */
const DOING: Readonly<Record<string, string>> = {
  open: "open",
  read: "read",
  write: "write",
  mkdir: "make the directory",
  rename: "rename",
  unlink: "remove",
  rmdir: "remove",
  copyfile: "copy",
  stat: "look at",
  lstat: "look at",
  scandir: "list",
  access: "use",
  chmod: "set the permissions of",
  listen: "listen at",
  bind: "listen at",
  connect: "connect to",
};

interface SystemError {
  readonly code: string;
  readonly syscall?: unknown;
  readonly path?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly message: string;
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z0-9_]+$/.test(error.code) && !error.code.startsWith("ERR_");

const placeOf = ({ path, address, port }: SystemError): string =>
  typeof path === "string" ? path : typeof address === "string" ? `${address}${typeof port === "number" ? `:${port}` : ""}` : "";

/** Why something went wrong, in words: those of a system error say what it means, without its names and numbers. */
export function reasonOf(error: unknown): string {
  if (isSystemError(error)) return SYSTEM_ERRORS[error.code]?.[1] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** What the operating system refused, as an error of ours; undefined for any other. */
export function fromSystem(error: unknown): OpgError | undefined {
  if (!isSystemError(error)) return undefined;
  const known = SYSTEM_ERRORS[error.code];
  const details = { errno: error.code };
  if (known === undefined) return refusedError("SYSTEM", error.message, { details, cause: error });
  const [code, says, fix] = known;
  const syscall = typeof error.syscall === "string" ? (DOING[error.syscall] ?? error.syscall) : "do it";
  const what = [syscall, placeOf(error)].filter((part) => part !== "").join(" ");
  return refusedError(code, `cannot ${what}: ${says}`, { fix, details, cause: error });
}
