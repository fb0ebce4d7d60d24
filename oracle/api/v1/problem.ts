import { PROBLEMS, type ProblemCode } from "../../../core/history/problems.ts";

/** An answer that is no 200. */
export class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }

  get statusCode(): number {
    return PROBLEMS[this.code].status;
  }

  /** As `application/problem+json` (RFC 9457). */
  body(): object {
    return { type: "about:blank", ...PROBLEMS[this.code], code: this.code, detail: this.message };
  }
}

/** Any error that a request ended in, as what its sender is told of it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { statusCode = 500, code = "", message } = error as Error & { statusCode?: number; code?: string };
  if (code.startsWith("STORE_")) return new Problem("STORE_UNAVAILABLE", "try again in a few seconds");
  if (statusCode === 429) return new Problem("RATE_LIMITED", message);
  return statusCode < 500 ? new Problem("INVALID_REQUEST", message) : new Problem("INTERNAL", "the daemon's log may say more");
}
