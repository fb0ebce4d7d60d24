/** What an answer of the API says is wrong. Docs: docs/api.md#errors. */
export const PROBLEMS = {
  INVALID_REQUEST: { status: 400, title: "The request is malformed" },
  NOT_FOUND: { status: 404, title: "There is no such thing" },
  RATE_LIMITED: { status: 429, title: "Too many requests" },
  INTERNAL: { status: 500, title: "The daemon made a mistake" },
  STORE_UNAVAILABLE: { status: 503, title: "The store does not answer" },
  TOO_MANY_STREAMS: { status: 503, title: "Too many streams are open" },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;
