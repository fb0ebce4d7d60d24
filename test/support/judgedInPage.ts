/** A case of the kit's, judged in a page: on a worker, as `verify` has it done. It runs in browsers only. */
import { fromHex } from "../../core/bytes.ts";
import type { Hex } from "../../core/hex.ts";
import type { Case, Judgement } from "../../sdk/verify/judge.ts";
import { startJudging } from "../../sdk/verify/thread/browser.ts";

/** A case with its bytes as text. */
export type WrittenCase = { readonly [K in keyof Case]: Case[K] extends Uint8Array ? Hex : Case[K] };

export interface Timed {
  readonly judgement: Judgement;
  /** From the start of the worker on. */
  readonly ms: number;
}

export async function run({ canonical, programFile, input, output, ...rest }: WrittenCase): Promise<Timed> {
  const given = { canonical: fromHex(canonical), programFile: fromHex(programFile), input: fromHex(input), output: fromHex(output), ...rest };
  const started = performance.now();
  const judgement = await new Promise<Judgement>((resolve, reject) => {
    startJudging(given, (said) => {
      if (said.kind === "judged") resolve(said.judgement);
      else if (said.kind === "failed") reject(new Error(said.error));
    }, reject);
  });
  return { judgement, ms: performance.now() - started };
}
