import { useSyncExternalStore } from "react";

interface Going {
  readonly replace?: boolean;
}

const subscribe = (told: () => void): (() => void) => {
  addEventListener("hashchange", told);
  return () => removeEventListener("hashchange", told);
};

/** Path and query of an address's hash, such as "#/jobs?status=Final". */
export function placeIn(hash: string): readonly [path: string, search: string] {
  const [path, ...search] = hash.replace(/^#?\/?/, "").split("?");
  return [`/${path}`, search.join("?")];
}

function go(to: string, { replace = false }: Going = {}): void {
  if (replace) location.replace(`#${to}`);
  else location.hash = to;
}

/**
 * Where the page is, by the hash of its address. Rationale: wouter's own hook puts a query before the hash, where it stays when somebody
 * goes elsewhere.
 */
export const useHash = (): [path: string, go: (to: string, going?: Going) => void] => [useSyncExternalStore(subscribe, () => placeIn(location.hash)[0]), go];
useHash.hrefs = (href: string): string => `#${href}`;
useHash.searchHook = (): string => useSyncExternalStore(subscribe, () => placeIn(location.hash)[1]);
