import type { Result } from "ethers";
import { showOpg } from "../../core/words.ts";
import type { Hex } from "../../core/hex.ts";
import { jobsInterface, tokenInterface } from "../chain/contracts.ts";
import type { Context } from "../chain/context.ts";
import { opgErrorOf } from "../chain/reverts.ts";
import type { Mined } from "../chain/port.ts";
import { OpgError } from "../errors.ts";

/**
 * How the prepaid balance is filled up: by an ERC-2612 permit, which is a signature and one transaction; by an approval, which is two
 * transactions and suits tokens and wallets that know no permits; or not at all.
 */
export type Funding = "permit" | "approval" | "balance";

/** Seconds for which a permit holds. */
const PERMIT_SECONDS = 3_600;

/** OPG that an account holds with the jobs registry: prepaid, earned and given back. */
export const balance = async ({ ask, deployment }: Context, account: Hex): Promise<bigint> =>
  (await ask(deployment.jobs, jobsInterface, "balanceOf", [account]))[0] as bigint;

/** Makes the account's prepaid balance cover an amount. */
export async function fund(context: Context, amount: bigint, funding: Funding): Promise<void> {
  const held = await balance(context, await context.account());
  if (held >= amount) return;
  if (funding === "balance") throw new OpgError("FUNDS", `the prepaid balance is ${showOpg(held)}, less than ${showOpg(amount)}`, "deposit more, or let the request fill it up: funding \"permit\" or \"approval\"");
  await deposit(context, amount - held, funding);
}

/** Pays OPG of the account into its prepaid balance. */
export async function deposit(context: Context, amount: bigint, funding: Exclude<Funding, "balance"> = "permit"): Promise<Mined> {
  const { ask, send, deployment } = context;
  const { opg, jobs } = deployment;
  const account = await context.account();
  const [[owned], [allowance]] = (await Promise.all([
    ask(opg, tokenInterface, "balanceOf", [account]),
    ask(opg, tokenInterface, "allowance", [account, jobs]),
  ])) as unknown as [[bigint], [bigint]];
  if (owned < amount) throw new OpgError("FUNDS", `${account} holds ${showOpg(owned)} and needs ${showOpg(amount)}`, "send OPG to the account");
  if (allowance < amount && funding === "permit") return send(jobs, jobsInterface, "depositWithPermit", [account, amount, ...(await permit(context, account, amount))]);
  if (allowance < amount) await send(opg, tokenInterface, "approve", [jobs, amount]);
  return send(jobs, jobsInterface, "deposit", [account, amount]);
}

/** Sends OPG of the account's balance to an address: its own by default. */
export async function withdraw(context: Context, amount: bigint, to?: Hex): Promise<Mined> {
  return context.send(context.deployment.jobs, jobsInterface, "withdraw", [to ?? (await context.account()), amount]);
}

/** A signed permit for the jobs registry: its deadline, v, r and s. */
async function permit({ ask, chain, deployment }: Context, owner: Hex, value: bigint): Promise<[bigint, number, string, string]> {
  const { opg, jobs, chainId } = deployment;
  // The token itself says how it is called in signatures (ERC-5267).
  const [domain, [nonce]] = (await Promise.all([ask(opg, tokenInterface, "eip712Domain"), ask(opg, tokenInterface, "nonces", [owner])]).catch((cause: unknown) => {
    throw new OpgError("FUNDS", "the token does not say how a permit is signed", "pay by an approval: funding \"approval\"", { cause });
  })) as unknown as [Result, [bigint]];
  const { next } = await chain.head();
  const deadline = BigInt(next + PERMIT_SECONDS);
  const signature = await chain
    .sign({
      domain: { name: domain.name as string, version: domain.version as string, chainId, verifyingContract: opg },
      types: { Permit: ["owner:address", "spender:address", "value:uint256", "nonce:uint256", "deadline:uint256"].map(fieldOf) },
      primaryType: "Permit",
      message: { owner, spender: jobs, value, nonce, deadline },
    })
    .catch((error: unknown) => {
      throw opgErrorOf(error);
    });
  const [r, s, v] = [signature.slice(2, 66), signature.slice(66, 130), parseInt(signature.slice(130), 16)];
  return [deadline, v < 27 ? v + 27 : v, `0x${r}`, `0x${s}`];
}

function fieldOf(text: string): { name: string; type: string } {
  const [name, type] = text.split(":");
  return { name, type };
}
