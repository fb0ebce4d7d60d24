import type { Eip1193Provider } from "ethers";
import type { ExplorerConfig } from "../config.ts";

/** A wallet of the browser, which tells of changes where it can. */
export interface WalletProvider extends Eip1193Provider {
  on?(event: string, listener: (value: unknown) => void): unknown;
  removeListener?(event: string, listener: (value: unknown) => void): unknown;
}

/** Who can sign for the person at the page. `id` tells apart what has the same name. */
export type Choice =
  | { readonly kind: "wallet"; readonly id: string; readonly name: string; readonly icon?: string; readonly provider: WalletProvider }
  /** An account that the node of a development chain signs for. */
  | { readonly kind: "devnet"; readonly id: string; readonly name: string; readonly address: string };

interface Announcement extends Event {
  readonly detail?: { readonly info?: { readonly uuid?: unknown; readonly name?: unknown; readonly icon?: unknown }; readonly provider?: WalletProvider };
}

/** Wallets that are listed, and characters of a name. */
const MOST = 30;
const LONGEST = 60;

/** Tells of every wallet that announces itself (EIP-6963). Anything on the page may, so what is not of the right form is passed over. Returns what ends it. */
export function discoverWallets(told: (wallet: Choice) => void): () => void {
  const known = new Set<string>();
  const hear = (event: Event): void => {
    const wallet = walletIn(event as Announcement);
    if (wallet === undefined || known.has(wallet.id) || known.size === MOST) return;
    known.add(wallet.id);
    told(wallet);
  };
  addEventListener("eip6963:announceProvider", hear);
  dispatchEvent(new Event("eip6963:requestProvider"));
  return () => removeEventListener("eip6963:announceProvider", hear);
}

function walletIn({ detail }: Announcement): Choice | undefined {
  const { uuid, name, icon } = detail?.info ?? {};
  if (typeof uuid !== "string" || typeof name !== "string" || typeof detail?.provider?.request !== "function") return undefined;
  // An icon is a data URI (EIP-6963); of another one a server would learn.
  const isIcon = typeof icon === "string" && /^data:image\//.test(icon);
  return { kind: "wallet", id: uuid, name: name.slice(0, LONGEST), provider: detail.provider, ...(isIcon && { icon }) };
}

export const devnetChoices = ({ devnet }: ExplorerConfig): Choice[] =>
  (devnet?.accounts ?? []).map(({ name, address }) => ({ kind: "devnet", id: address, name, address }));
