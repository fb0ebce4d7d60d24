import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Hex } from "../../../core/hex.ts";
import type { IndexedVersion } from "../../../core/history/types.ts";
import { splitUris } from "../../../core/uris.ts";
import { publishedFile } from "../../../sdk/files.ts";
import type { PublishedFiles } from "../data/publishedFiles.ts";
import { rebuild } from "./inWorker.ts";
import type { Published, Rebuilt } from "./messages.ts";

/** A version's files and what they are. */
export interface OpenedModel extends Rebuilt {
  readonly published: Published;
}

/** The files of a version, checked and rebuilt, once somebody asks by `refetch`: before that none of its addresses is asked. */
export const useRebuilt = (version: IndexedVersion, files: PublishedFiles): UseQueryResult<OpenedModel> =>
  useQuery({ queryKey: ["rebuilt", version.id], queryFn: ({ signal }) => open(version, files, signal), enabled: false, staleTime: Infinity, retry: false });

async function open(version: IndexedVersion, files: PublishedFiles, signal: AbortSignal): Promise<OpenedModel> {
  const fetchFile = files.fetcher(version);
  const [canonical, programFile] = await Promise.all([
    publishedFile("the canonical file", splitUris(version.fileURI), version.fileDigest as Hex, fetchFile),
    publishedFile("the program file", splitUris(version.programURI), version.programDigest as Hex, fetchFile),
  ]);
  const published = { canonical, programFile, programRoot: version.programRoot as Hex };
  return { published, ...(await rebuild(published, signal)) };
}
