import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** Where `opg devnet` says what it runs, in the folder that it was started in. */
export const devnetFile = (folder: string): string => join(folder, ".opg", "devnet.json");

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);

export const devnetSchema = z.object({
  /** The process that runs it. */
  pid: z.number().int().positive(),
  chainId: z.number().int().positive(),
  rpcUrl: z.url(),
  /** Where the faucet is asked, and the clock moved on. */
  control: z.url(),
  /** The deployment's file, as `network.deployment` names one. */
  deployment: z.string(),
  /** The data directory of commands that are given no other. */
  dataDir: z.string(),
  /** Inputs to ask with: the file of every digit. */
  digits: z.record(z.string(), z.string()),
  /** And one for each of the other models, by the models' names. */
  inputs: z.record(z.string(), z.string()),
  contracts: z.record(z.string(), address),
  /** Versions of the published models, by the models' names. */
  models: z.record(z.string(), bytes32),
  /** Least challenge window of the models, in seconds. */
  window: z.number().int().positive(),
  /** What its daemons do. */
  roles: z.array(z.string()),
  /** The daemons' APIs, by party. */
  apis: z.record(z.string(), z.url()),
  /** The explorer's page, if a daemon serves it. */
  explorer: z.url().optional(),
  /** Accounts of the development chain, whose keys everybody knows. */
  accounts: z.record(z.string(), z.object({ address, key: bytes32 })),
  /** The account that signs where no key is configured. */
  signer: z.string(),
  /** Where the liar lies, by model. */
  lies: z.record(z.string(), z.object({ node: z.string(), tensor: z.string(), element: z.number().int().nonnegative() })),
});

export type Devnet = z.infer<typeof devnetSchema>;

/** The devnet that runs in this folder, if one does: what one that was killed left behind counts for nothing. */
export function findDevnet(folder: string): Devnet | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(devnetFile(folder), "utf8"));
  } catch {
    return undefined;
  }
  const parsed = devnetSchema.safeParse(content);
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
