import type { Answers } from "../../core/history/answers.ts";
import { Api } from "./api.ts";
import { checked, checkedSubject } from "./checked.ts";
import { followStream } from "./eventStream.ts";
import type { History } from "./history.ts";

/** How the API is asked. */
export interface HttpOptions {
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * The history of a deployment from the API of a daemon's index (docs/api.md). Where it has been asked too often it waits up to ten seconds
 * before it asks again; longer than that is thrown, as RATE_LIMITED with `args.retryAfter`. Every subscription takes a connection, of which
 * browsers have six for one address.
 *
 * @param url of the daemon's API, such as "http://127.0.0.1:8600"; in a page that the daemon itself serves, ""
 */
export function historyOverHttp(url: string, { fetch: ask = (...request) => fetch(...request) }: HttpOptions = {}): History {
  const api = new Api(`${url.replace(/\/+$/, "")}/v1`, ask);
  return {
    ...checked(answersOver(api)),
    subscribe(listener, { subject, onError } = {}) {
      const path = `/stream${queryOf({ subject: subject && checkedSubject(subject) })}`;
      const ending = new AbortController();
      void followStream((headers, signal) => api.request(path, headers, signal), listener, onError, ending.signal);
      return () => ending.abort();
    },
  };
}

const answersOver = (api: Api): Answers => ({
  overview: () => api.get("/overview"),
  jobs: (filter, page) => api.get(`/jobs${queryOf({ ...filter, ...page })}`),
  job: (id) => api.find(`/jobs/${id}`),
  disputes: (filter, page) => api.get(`/disputes${queryOf({ ...filter, ...page })}`),
  models: (page) => api.get(`/models${queryOf({ ...page })}`),
  model: (id) => api.find(`/models/${id}`),
  versions: (filter, page) => api.get(`/versions${queryOf({ ...filter, ...page })}`),
  version: (id) => api.find(`/versions/${id}`),
  operators: (page) => api.get(`/operators${queryOf({ ...page })}`),
  operator: (address) => api.find(`/operators/${address}`),
  events: (filter, page) => api.get(`/events${queryOf({ ...filter, ...page })}`),
  event: (sequence) => api.find(`/events/${sequence}`),
});

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
