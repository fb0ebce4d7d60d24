import { z } from "zod";
import { inputError, OpgError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { Deployment } from "../ports.ts";
import { jobsInterface } from "./contracts.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";
import { lower, view } from "./view.ts";

const deploymentFile = z.object({
  chainId: z.number().int().positive(),
  block: z.number().int().nonnegative(),
  opg: schema.address,
  models: schema.address,
  stakes: schema.address,
  game: schema.address,
  jobs: schema.address,
  verifier: schema.address,
});

/** The addresses in a deployment file, once the chain agrees: the jobs registry knows all the others. */
export async function connectDeployment(rpc: JsonRpc, content: unknown, file: string): Promise<Deployment> {
  const parsed = deploymentFile.safeParse(content);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw inputError("DEPLOYMENT_INVALID", `${file} is not a deployment: ${faults}`, {
      fix: "take the file that scripts/deploy.ts wrote, or the one shipped for this network",
    });
  }
  const { block, ...deployment } = parsed.data;
  const chainId = await rpc.call("eth_chainId", [], schema.small).catch((error: unknown) => {
    // The first question of all: who is refused here has the wrong address or key.
    if (!(error instanceof OpgError) || error.code !== "RPC_FORBIDDEN") throw error;
    throw inputError(error.code, error.message, { ...(error.fix !== undefined && { fix: error.fix }), cause: error });
  });
  if (chainId !== deployment.chainId) {
    const problem = `${file} is for chain ${deployment.chainId}, but ${rpc.name} is chain ${chainId}`;
    throw inputError("CHAIN_OTHER", problem, { fix: "set network.rpcUrl and network.deployment to the same chain" });
  }
  for (const name of ["opg", "models", "stakes", "game"] as const) {
    const actual = await view(rpc, "latest", deployment.jobs, jobsInterface, name, [], lower).catch((error: unknown) =>
      missingContract(rpc, deployment.jobs, error),
    );
    if (actual === deployment[name]) continue;
    throw inputError("DEPLOYMENT_MIXED", `${file} says ${name} is ${deployment[name]}, its jobs registry says ${actual}`, {
      fix: "take the file of one deployment as it was written",
    });
  }
  return { ...deployment, startBlock: block };
}

/** Tells a chain without the contract from a node that failed to run it. */
async function missingContract(rpc: JsonRpc, at: Hex, error: unknown): Promise<never> {
  const known = error instanceof OpgError && ["CHAIN_NO_STATE", "CHAIN_VIEW", "CHAIN_VIEW_SHAPE"].includes(error.code);
  const there = !known || (error.code === "CHAIN_NO_STATE" && (await rpc.call("eth_getCode", [at, "latest"], schema.bytes)) !== "0x");
  if (there) throw error;
  throw inputError("CHAIN_NO_CONTRACT", `there is no contract of this project at ${at}`, {
    fix: "check network.rpcUrl and network.deployment: they must belong together",
  });
}
