import { z } from "zod";
import { inputError } from "../../../core/errors.ts";

/** What a development chain lets the explorer do: its node signs for these accounts, and its control moves the clock. */
export interface ExplorerDevnet {
  readonly control: string;
  readonly accounts: readonly { readonly name: string; readonly address: string }[];
}

export interface ExplorerSettings {
  /** Of the built files. */
  readonly folder: string;
  readonly name: string;
  /** A node that everybody may ask. */
  readonly rpcUrl: string;
  /** The content of the deployment's file. */
  readonly deployment: unknown;
  readonly hasIndex: boolean;
  readonly devnet: ExplorerDevnet | undefined;
}

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, { error: "must be an address" });
const deploymentFile = z.object({
  chainId: z.number().int().positive(),
  block: z.number().int().nonnegative(),
  ...{ opg: address, verifier: address, models: address, stakes: address, game: address, jobs: address, lens: address },
});

/** `explorer.json`: all that the page is told. INVARIANT: of the daemon's own settings nothing gets there but what the operator published. */
export function explorerConfig({ name, rpcUrl, deployment, hasIndex, devnet }: Omit<ExplorerSettings, "folder">): object {
  const parsed = deploymentFile.safeParse(deployment);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    throw inputError("DEPLOYMENT_INVALID", `the explorer cannot show this deployment: ${faults}`, { fix: "take the file that scripts/deploy.ts wrote, or the one shipped for this network" });
  }
  return { name, deployment: parsed.data, rpcUrl, ...(hasIndex && { indexUrl: "../" }), ...(devnet && { devnet }) };
}
