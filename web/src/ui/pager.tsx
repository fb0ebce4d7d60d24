import { useState } from "react";
import type { PageRequest } from "../../../core/history/answers.ts";
import type { Page } from "../../../core/history/types.ts";

/** Where somebody is in a list of pages that only knows the next one. */
export interface Paging {
  readonly request: PageRequest;
  readonly isFirst: boolean;
  newer(): void;
  older(cursor: string): void;
}

export function usePaging(limit = 25): Paging {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  return {
    request: { limit, ...(cursor !== undefined && { cursor }) },
    isFirst: cursors.length === 0,
    newer: () => setCursors(cursors.slice(0, -1)),
    older: (next) => setCursors([...cursors, next]),
  };
}

export function Pager({ paging, page }: { readonly paging: Paging; readonly page: Page<unknown> | undefined }) {
  if (paging.isFirst && (page?.next ?? null) === null) return null;
  return (
    <nav className="pager" aria-label="Pages of this list">
      <button type="button" disabled={paging.isFirst} onClick={paging.newer}>
        ← Newer
      </button>
      <button type="button" disabled={(page?.next ?? null) === null} onClick={() => paging.older(page!.next!)}>
        Older →
      </button>
    </nav>
  );
}
