import { keccak256 } from "ethers";
import { z } from "zod";
import releases from "../../contracts/abi/verifiers.json" with { type: "json" };
import type { Hex } from "../../core/hex.ts";
import type { Judge, Release } from "../../core/program/judge.ts";
import { releaseOf } from "../../core/program/judge.ts";
import { verifierInterface } from "./contracts.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

const releaseFile = z.array(
  z.object({
    release: z.string(),
    verifier: z.object({ codeHash: schema.hash32 }),
    families: z.array(z.object({ codeHash: schema.hash32 })),
  }),
);

/** Judges that this release and those before it came with. */
export const RELEASES: readonly Release[] = releaseFile.parse(releases).map(({ release, verifier, families }) => ({
  release,
  verifier: verifier.codeHash,
  families: families.map(({ codeHash }) => codeHash),
}));

/** How often it is asked for code that is not there. */
const ASKED_AGAIN = 4;

/** Reads what a verifier consists of. INVARIANT: nothing is asked of code that is not known. */
export async function readJudge(rpc: JsonRpc, address: Hex, known: readonly Release[] = RELEASES, block: Hex | "latest" = "latest"): Promise<Judge> {
  const codeHash = async (at: Hex): Promise<Hex> => {
    let code: Hex = "0x";
    // A node without the state shows no code where there is some: none is believed when it was said again and again.
    for (let i = 0; i < ASKED_AGAIN && code === "0x"; i++) code = await rpc.call("eth_getCode", [at, block], schema.bytes);
    return keccak256(code) as Hex;
  };
  const verifier = await codeHash(address);
  if (!known.some((release) => release.verifier === verifier)) return { address, code: { verifier, families: [] }, families: [], known };
  const data = verifierInterface.encodeFunctionData("families");
  const reply = await rpc.call("eth_call", [{ to: address, data }, block], schema.bytes);
  const [listed] = verifierInterface.decodeFunctionResult("families", reply).toArray(true) as [string[]];
  const families = listed.map((family) => family.toLowerCase() as Hex);
  // Known code may stand on a table that is not its constructor's: one of another length is no release's.
  const fits = known.some((release) => release.verifier === verifier && release.families.length === families.length);
  const code = { verifier, families: fits ? await Promise.all(families.map(codeHash)) : [] };
  const release = releaseOf(code, known);
  return { address, code, families, known, ...(release !== undefined && { release }) };
}
