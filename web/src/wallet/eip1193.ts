import { Fault } from "../fault.ts";
import type { Choice, WalletProvider } from "./providers.ts";

type Wallet = Pick<Extract<Choice, { kind: "wallet" }>, "name" | "provider">;

/** Codes of EIP-1193 and EIP-3085. */
const REFUSED = 4001;
const PENDING = -32002;

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code;

/** The account that the person at the page lets it know, the chosen one first. Throws a Fault where there is none. */
export async function permittedAccount({ name, provider }: Wallet): Promise<string> {
  const accounts = await provider.request({ method: "eth_requestAccounts" }).catch((cause: unknown) => {
    if (codeOf(cause) === REFUSED) throw new Fault(`${name} was told not to show this page an account`, "choose it again, and confirm it there", cause);
    if (codeOf(cause) === PENDING) throw new Fault(`${name} waits for an answer already`, "open it, and answer there", cause);
    throw new Fault(`${name} gives no account`, "see whether it is unlocked, then choose it again", cause);
  });
  const [first] = accountsIn(accounts);
  if (first === undefined) throw new Fault(`${name} gives no account`, "see whether it is unlocked, then choose it again");
  return first;
}

/** Has the wallet change to a chain, unless it is there. Throws a Fault where it does not. */
export async function changeChain({ name, provider }: Wallet, chainId: number): Promise<void> {
  const isThere = async (): Promise<boolean> => Number(await provider.request({ method: "eth_chainId" })) === chainId;
  if (await isThere().catch(() => false)) return;
  const fault = (cause?: unknown): Fault => new Fault(`${name} did not change to chain ${chainId}`, "add that chain to the wallet, or choose it there, then connect again", cause);
  await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId: `0x${chainId.toString(16)}` }] }).catch((cause: unknown) => {
    throw fault(cause);
  });
  if (!(await isThere())) throw fault();
}

/** Methods by which a wallet signs. */
const SIGNING: ReadonlySet<string> = new Set(["eth_sendTransaction", "eth_signTypedData_v4", "personal_sign"]);

/**
 * The wallet, which signs for this account on this chain alone. INVARIANT: what the page showed when somebody pressed a button is what is
 * signed. Rationale: not every wallet tells of changes, and what it tells comes late.
 */
export function signingAs(address: string, chainId: number, { name, provider }: Wallet): Pick<WalletProvider, "request"> {
  async function isUnchanged(): Promise<boolean> {
    const [chain, accounts] = await Promise.all([provider.request({ method: "eth_chainId" }), provider.request({ method: "eth_accounts" })]);
    return Number(chain) === chainId && accountsIn(accounts)[0] === address;
  }
  return {
    async request(asked) {
      if (SIGNING.has(asked.method) && !(await isUnchanged())) throw new Fault(`${name} has changed its account or its chain`, "connect it again");
      return (await provider.request(asked)) as unknown;
    },
  };
}

interface Heard {
  readonly onChain: (chainId: number) => void;
  /** The chosen one first, in lower case; none where the page may know none any more. */
  readonly onAccounts: (accounts: readonly string[]) => void;
}

/** Hears of the changes that a wallet tells of. Returns what ends it. */
export function followWallet(provider: WalletProvider, { onChain, onAccounts }: Heard): () => void {
  const listeners = {
    chainChanged: (chainId: unknown) => onChain(Number(chainId)),
    accountsChanged: (accounts: unknown) => onAccounts(accountsIn(accounts)),
    disconnect: () => onAccounts([]),
  };
  const entries = Object.entries(listeners);
  for (const [event, listener] of entries) provider.on?.(event, listener);
  return () => {
    for (const [event, listener] of entries) provider.removeListener?.(event, listener);
  };
}

const accountsIn = (accounts: unknown): string[] => (Array.isArray(accounts) ? accounts.filter((each) => typeof each === "string").map((each) => each.toLowerCase()) : []);
