import { createContext, use, useEffect, useState, type ReactNode } from "react";
import type { EthersClient } from "../../../sdk/index.ts";
import { Fault } from "../fault.ts";
import { useSite } from "../site.ts";
import type { ExplorerConfig } from "../config.ts";
import { devnetChoices, discoverWallets, type Choice } from "./providers.ts";

/** Somebody who signs, with the kit that sends what they sign. */
export interface Account {
  readonly name: string;
  /** In lower case. */
  readonly address: string;
  readonly client: EthersClient;
}

interface Wallet {
  readonly account: Account | undefined;
  readonly choices: readonly Choice[];
  connect(choice: Choice): Promise<void>;
  disconnect(): void;
}

const WalletContext = createContext<Wallet | undefined>(undefined);

export function useWallet(): Wallet {
  const wallet = use(WalletContext);
  if (wallet === undefined) throw new Error("there is no wallet around this");
  return wallet;
}

export function WalletProvider({ children }: { readonly children: ReactNode }) {
  const { config } = useSite();
  const [account, setAccount] = useState<Account>();
  const [found, setFound] = useState<readonly Choice[]>([]);
  useEffect(() => discoverWallets((wallet) => setFound((before) => [...before, wallet])), []);
  const wallet: Wallet = {
    account,
    choices: [...found, ...devnetChoices(config)],
    connect: async (choice) => setAccount(await accountOf(choice, config)),
    disconnect: () => setAccount(undefined),
  };
  return <WalletContext value={wallet}>{children}</WalletContext>;
}

async function accountOf(choice: Choice, { rpcUrl, deployment }: ExplorerConfig): Promise<Account> {
  const [{ BrowserProvider, JsonRpcProvider }, { connect }] = await Promise.all([import("ethers"), import("../../../sdk/index.ts")]);
  const signerOf = async () => {
    if (choice.kind === "devnet") return new JsonRpcProvider(rpcUrl, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 }).getSigner(choice.address);
    const provider = new BrowserProvider(choice.provider);
    await changeChain(provider, deployment.chainId);
    return provider.getSigner();
  };
  const signer = await signerOf();
  return { name: choice.name, address: (await signer.getAddress()).toLowerCase(), client: await connect(signer, { deployment }) };
}

async function changeChain(provider: { send(method: string, params: unknown[]): Promise<unknown> }, chainId: number): Promise<void> {
  try {
    await provider.send("wallet_switchEthereumChain", [{ chainId: `0x${chainId.toString(16)}` }]);
  } catch (cause) {
    throw new Fault(`the wallet did not change to chain ${chainId}`, "add that chain to the wallet, then connect again", cause);
  }
}
