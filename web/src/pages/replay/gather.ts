import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { Hex } from "../../../../core/hex.ts";
import { decodeHeader } from "../../../../core/program/header.ts";
import { splitUris } from "../../../../core/uris.ts";
import { publishedFile, type FetchFile } from "../../../../sdk/files.ts";
import { rootedValues } from "../../../../sdk/jobs/values.ts";
import type { JobInput } from "../../../../core/jobs/state.ts";
import { calldataOf } from "../../node.ts";
import type { Asked, ProvingCalls } from "../../replay/worker.ts";
import type { DisputeRecord } from "./record.ts";

/** Steps that the nodes of a run may take that is replayed: some seconds of products of float32. */
export const MOST_WORK = 40_000_000;

/** Brings together what a dispute is looked into with: the version's published files, the job's input, and the proof's transactions. */
export async function gather({ job, state, proving }: DisputeRecord, version: IndexedVersion, rpcUrl: string, fetchFile: FetchFile): Promise<Asked> {
  const { dispute, output } = state;
  const [canonical, programFile, input, calls] = await Promise.all([
    publishedFile("the canonical file", splitUris(version.fileURI), version.fileDigest as Hex, fetchFile),
    publishedFile("the program file", splitUris(version.programURI), version.programDigest as Hex, fetchFile),
    inputOf(state.input, version, fetchFile),
    proving && callsOf(BigInt(job.id), proving, rpcUrl),
  ]);
  const { opened } = dispute ?? {};
  return {
    ...{ canonical, programFile, input, output, proving: calls, mostWork: MOST_WORK },
    programRoot: version.programRoot as Hex,
    opened: opened && { ...opened, reveals: dispute!.shown },
  };
}

/** The input; undefined where it was given by its roots and nobody serves it. */
async function inputOf(input: JobInput, { header }: IndexedVersion, fetchFile: FetchFile): Promise<Uint8Array | undefined> {
  if (input.kind === "inline") return input.bytes;
  return rootedValues("the job's input", decodeHeader(header).inputs, input.roots, input.uri, fetchFile).catch(() => undefined);
}

/** Calldata of the proof's transactions; undefined where the node has not got them any more. */
async function callsOf(job: bigint, { pieces, conclusion }: NonNullable<DisputeRecord["proving"]>, rpcUrl: string): Promise<ProvingCalls | undefined> {
  const calls = await Promise.all([...pieces, conclusion].map((hash) => calldataOf(rpcUrl, hash).catch(() => undefined)));
  const known = calls.filter((data) => data !== undefined);
  return known.length < calls.length ? undefined : { job, pieces: known.slice(0, -1), conclusion: known[known.length - 1] };
}
