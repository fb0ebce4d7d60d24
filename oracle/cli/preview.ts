import { formatEther } from "ethers";
import { describeCall } from "../chain/describe.ts";
import { showGwei } from "../chain/fees.ts";
import { refusedError, type OpgError } from "../../core/errors.ts";
import type { Call, Deployment, Rehearsed, Revert } from "../ports.ts";

/** A transaction that a command means to send. */
export interface Planned {
  readonly kind: string;
  readonly call: Call;
}

/** What a contract would refuse, as the error that says so. */
export function refusalError(kind: string, { error, name, fix }: Revert): OpgError {
  return refusedError("TX_REFUSED", `${kind}: ${error}`, {
    ...(fix !== undefined && { fix }),
    details: { ...(name !== undefined && { contractError: name }) },
  });
}

/** Transactions as they would be sent: what, how much, which call data, and what would become of each. */
export function preview(deployment: Deployment, planned: readonly Planned[], rehearsed: readonly Rehearsed[], gasPrice: bigint) {
  const transactions = planned.map(({ kind, call }, i) => {
    const { contract, signature, values } = describeCall(deployment, call);
    return { kind, contract, to: call.to, function: signature, values, value: call.value, data: call.data, ...rehearsed[i] };
  });
  const lines = transactions.flatMap((transaction, i) => [
    `${i + 1} of ${transactions.length}   ${transaction.kind}`,
    `  to       ${transaction.contract} ${transaction.to}`,
    `  calls    ${transaction.function}`,
    ...transaction.values.map(([name, value]) => `           ${name} = ${value}`),
    `  value    ${formatEther(transaction.value)} of the native coin`,
    `  data     ${transaction.data}`,
    `  outcome  ${outcomeOf(rehearsed[i], gasPrice)}`,
  ]);
  return { transactions, lines };
}

function outcomeOf(rehearsed: Rehearsed, gasPrice: bigint): string {
  if (rehearsed.outcome === "unknown") return "rests on what goes before it, and this node runs no calls one after the other";
  if (rehearsed.outcome === "refused") return `would be refused: ${rehearsed.error}`;
  const { gas } = rehearsed;
  return `goes through with ${gas} gas, ${formatEther(gas * gasPrice)} of the native coin at ${showGwei(gasPrice)} gwei`;
}
