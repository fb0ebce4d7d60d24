import type { Eip1193Provider } from "ethers";
import type { ExplorerConfig } from "../config.ts";

/** Who can sign for the person at the page. */
export type Choice =
  | { readonly kind: "wallet"; readonly name: string; readonly icon?: string; readonly provider: Eip1193Provider }
  /** An account that the node of a development chain signs for. */
  | { readonly kind: "devnet"; readonly name: string; readonly address: string };

interface Announcement extends Event {
  readonly detail: { readonly info: { readonly uuid: string; readonly name: string; readonly icon: string }; readonly provider: Eip1193Provider };
}

/** Tells of every wallet that announces itself (EIP-6963). Returns what ends it. */
export function discoverWallets(told: (wallet: Choice) => void): () => void {
  const known = new Set<string>();
  const hear = (event: Event): void => {
    const { info, provider } = (event as Announcement).detail;
    if (known.has(info.uuid)) return;
    known.add(info.uuid);
    told({ kind: "wallet", name: info.name, icon: info.icon, provider });
  };
  addEventListener("eip6963:announceProvider", hear);
  dispatchEvent(new Event("eip6963:requestProvider"));
  return () => removeEventListener("eip6963:announceProvider", hear);
}

export const devnetChoices = ({ devnet }: ExplorerConfig): Choice[] =>
  (devnet?.accounts ?? []).map(({ name, address }) => ({ kind: "devnet", name, address }));
