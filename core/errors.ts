import type { ErrorCode, ErrorKind } from "./errorCodes.ts";

export interface OpgErrorOptions {
  readonly fix?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class OpgError extends Error {
  override readonly name = "OpgError";
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly fix: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: ErrorKind, code: ErrorCode, message: string, options: OpgErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.fix = options.fix;
    this.details = options.details ?? {};
  }
}

export function inputError(code: ErrorCode, message: string, options?: OpgErrorOptions): OpgError {
  return new OpgError("input", code, message, options);
}

export function transientError(code: ErrorCode, message: string, options?: OpgErrorOptions): OpgError {
  return new OpgError("transient", code, message, options);
}

export function refusedError(code: ErrorCode, message: string, options?: OpgErrorOptions): OpgError {
  return new OpgError("refused", code, message, options);
}

export function isTransient(error: unknown): boolean {
  return error instanceof OpgError && error.kind === "transient";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
