import type { Hex } from "../../../core/hex.ts";
import { fetchFile } from "../../../sdk/files.ts";
import type { Examination, ReplayCase } from "./examination.ts";
import { examine } from "./examine.ts";
import { proofIn } from "./moves.ts";

/** Calldata of the transactions of a proof that went through. */
export interface ProvingCalls {
  readonly job: bigint;
  readonly pieces: readonly Hex[];
  readonly conclusion: Hex;
}

/** What the thread is asked; the proof is still in its transactions. */
export type Asked = Omit<ReplayCase, "proof"> & { readonly proving: ProvingCalls | undefined };

/** What the thread says. */
export type Said =
  | { readonly kind: "progress"; readonly done: number; readonly all: number }
  | { readonly kind: "examined"; readonly examination: Examination }
  | { readonly kind: "failed"; readonly error: string };

const say = (said: Said): void => globalThis.postMessage(said);

/** Undefined where the calls hold no proof about the job: a contract may have sent it in another form. */
function proofOf({ job, pieces, conclusion }: ProvingCalls): ReplayCase["proof"] {
  const [last, ...before] = [proofIn(conclusion, "convict", job), ...pieces.map((data) => proofIn(data, "advance", job))];
  const known = before.filter((piece) => piece !== undefined);
  return last === undefined || known.length < before.length ? undefined : { pieces: known, conclusion: last };
}

globalThis.onmessage = async ({ data: { proving, ...given } }: MessageEvent<Asked>) => {
  try {
    const proof = proving && proofOf(proving);
    say({ kind: "examined", examination: await examine({ ...given, proof }, fetchFile, (done, all) => say({ kind: "progress", done, all })) });
  } catch (error) {
    say({ kind: "failed", error: error instanceof Error ? error.message : String(error) });
  }
};
