import { refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { showOpg } from "../../core/words.ts";
import type { Planned } from "./preview.ts";
import type { Session } from "./session.ts";

/** What it takes to pay `amount` from the wallet to a contract: the payment, and an approval first where one is needed. */
export async function pay(session: Session, to: Hex, amount: bigint, payment: Planned): Promise<Planned[]> {
  const { reader, calls } = await session.connection();
  const account = await session.address();
  const owned = await reader.tokenBalance(account);
  if (owned < amount) {
    throw refusedError("BALANCE_TOO_LOW", `${account} holds ${showOpg(owned)} and needs ${showOpg(amount)}`, {
      fix: "send OPG to the account, or use less; see: opg balance",
    });
  }
  if ((await reader.allowance(account, to)) >= amount) return [payment];
  return [{ kind: "approve", call: calls.approve(to, amount) }, payment];
}

/** What it takes to have `amount` in a ledger: nothing, or a deposit of what is missing. */
export async function fund(session: Session, ledger: Hex, amount: bigint): Promise<Planned[]> {
  const { reader, calls } = await session.connection();
  const account = await session.address();
  const held = await reader.ledgerBalance(ledger, account);
  if (held >= amount) return [];
  const missing = amount - held;
  return pay(session, ledger, missing, { kind: "deposit", call: calls.deposit(ledger, account, missing) });
}
