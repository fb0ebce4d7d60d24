import { PROBLEMS, type ProblemCode } from "../../core/history/problems.ts";
import { bodyOf } from "../body.ts";
import { OpgError } from "../errors.ts";
import { pause } from "../pause.ts";

/** Milliseconds for one answer. */
const PATIENCE = 30_000;
/** Bytes of an answer that are read at most; a job's has the whole input. */
const LARGEST = 32 << 20;
/** Answers that are kept. */
const KEPT = 64;
/** Whoever asked too often waits by itself if it is for so many seconds at most, and so many times. */
const LONGEST_WAIT = 10;
const MOST_WAITS = 3;

const REMEDIES: Readonly<Record<ProblemCode, string>> = {
  INVALID_REQUEST: "ask as docs/api.md says",
  NOT_FOUND: "take ids from lists",
  RATE_LIMITED: "ask less often, or a daemon of your own",
  INTERNAL: "try again; the daemon's log says more",
  STORE_UNAVAILABLE: "try again in a few seconds",
  TOO_MANY_STREAMS: "come back later, or ask for `events`",
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The API of a daemon's index. It keeps what was answered last, and asks whether that has changed. */
export class Api {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #kept = new Map<string, { readonly etag: string; readonly answer: unknown }>();

  /** @param url of /v1, without a slash at its end */
  constructor(url: string, ask: typeof fetch) {
    this.#url = url;
    this.#fetch = ask;
  }

  /** What is at a path; throws what the API says is wrong. */
  async get<T>(path: string): Promise<T> {
    const known = this.#kept.get(path);
    const response = await this.request(path, known === undefined ? {} : { "if-none-match": known.etag });
    if (response.status === 304 && known !== undefined) return known.answer as T;
    const answer = await this.#jsonOf(response);
    const etag = response.headers.get("etag");
    this.#kept.delete(path);
    if (etag !== null) this.#kept.set(path, { etag, answer });
    // Maps keep the order in which their keys came.
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return answer as T;
  }

  /** The same; undefined where there is no such thing. */
  find<T>(path: string): Promise<T | undefined> {
    return this.get<T>(path).catch((error: unknown) => {
      if (error instanceof OpgError && error.code === "NOT_FOUND") return undefined;
      throw error;
    });
  }

  /** Asks until there is an answer that is no refusal, or throws it. @param signal without one, an answer has to come in a while */
  async request(path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response> {
    for (let waits = 0; ; waits++) {
      const response = await this.#fetch(`${this.#url}${path}`, { headers, signal: signal ?? AbortSignal.timeout(PATIENCE) }).catch((cause: unknown) => {
        throw new OpgError("API", `${this.#url} does not answer: ${messageOf(cause)}`, "check the address, whether the daemon runs, and in a page its api.corsOrigins", { cause });
      });
      if (response.ok || response.status === 304) return response;
      const seconds = Number(response.headers.get("retry-after") ?? Infinity);
      if (response.status !== PROBLEMS.RATE_LIMITED.status || seconds > LONGEST_WAIT || waits === MOST_WAITS) throw await this.#refusalOf(response, seconds);
      await response.body?.cancel();
      await pause(1_000 * seconds, signal);
    }
  }

  async #refusalOf(response: Response, seconds: number): Promise<OpgError> {
    const { code = "", detail = "" } = (await this.#jsonOf(response)) as { readonly code?: string; readonly detail?: string };
    if (!(code in PROBLEMS)) return new OpgError("API", `${this.#url} answers with status ${response.status}`, "check the address, and that the daemon has an index (api.index)");
    const known = code as ProblemCode;
    if (known !== "RATE_LIMITED" || seconds === Infinity) return new OpgError(known, detail, REMEDIES[known]);
    return new OpgError(known, detail, `come back in ${seconds} seconds, or ask a daemon of your own`, { args: { retryAfter: seconds } });
  }

  async #jsonOf(response: Response): Promise<unknown> {
    try {
      return JSON.parse(new TextDecoder().decode(await bodyOf(response, LARGEST))) as unknown;
    } catch (cause) {
      throw new OpgError("API", `${this.#url} answers with status ${response.status} and no JSON: ${messageOf(cause)}`, "check the address, and that the daemon has an index (api.index)", { cause });
    }
  }
}
