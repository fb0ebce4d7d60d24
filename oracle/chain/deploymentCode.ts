import { getBytes, keccak256 } from "ethers";
import { z } from "zod";
import releases from "../../contracts/abi/contracts.json" with { type: "json" };
import type { Hex } from "../../core/hex.ts";
import type { Deployment } from "../ports.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

const known = z
  .array(
    z.object({
      release: z.string(),
      contracts: z.array(z.object({ name: z.string(), codeHash: schema.hash32, immutables: z.array(z.tuple([z.number(), z.number()])) })),
    }),
  )
  .parse(releases);

/** Contracts of a deployment that are known by their code; verifiers are by theirs (verifiers.ts). */
const PLACES = { ModelRegistry: "models", StakeRegistry: "stakes", JobRegistry: "jobs", DisputeGame: "game" } as const;

export interface ContractCode {
  readonly name: string;
  readonly address: Hex;
  /** The release that its code is from; undefined for code that is of none. */
  readonly release: string | undefined;
}

/** Whose code stands at the addresses of a deployment. What constructors write into it is left out of account. */
export async function readDeploymentCode(rpc: JsonRpc, deployment: Deployment): Promise<ContractCode[]> {
  return Promise.all(
    Object.entries(PLACES).map(async ([name, key]) => {
      const address = deployment[key];
      const code = getBytes(await rpc.call("eth_getCode", [address, "latest"], schema.bytes));
      const release = known.find(({ contracts }) => contracts.some((each) => each.name === name && hashWithout(code, each.immutables) === each.codeHash));
      return { name, address, release: release?.release };
    }),
  );
}

function hashWithout(code: Uint8Array, immutables: readonly (readonly [start: number, length: number])[]): string {
  const plain = code.slice();
  for (const [start, length] of immutables) plain.fill(0, start, start + length);
  return keccak256(plain);
}
