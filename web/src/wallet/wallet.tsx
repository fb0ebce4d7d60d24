import { createContext, use, useEffect, useRef, useState, type ReactNode } from "react";
import type { EthersClient } from "../../../sdk/index.ts";
import { useSite } from "../site.ts";
import type { ExplorerConfig } from "../config.ts";
import { changeChain, followWallet, permittedAccount, signingAs } from "./eip1193.ts";
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
  /** Ends what follows the wallet that is connected or being connected. */
  const leave = useRef<() => void>(() => undefined);
  useEffect(() => {
    setFound([]);
    return discoverWallets((wallet) => setFound((before) => [...before, wallet]));
  }, []);
  useEffect(() => () => leave.current(), []);

  function disconnect(): void {
    leave.current();
    setAccount(undefined);
  }

  async function connect(choice: Choice): Promise<void> {
    disconnect();
    let isLeft = false;
    const end = (): void => void (isLeft = true);
    leave.current = end;
    const account = await accountOf(choice, config);
    // Somebody chose another one meanwhile.
    if (isLeft) return;
    if (choice.kind === "wallet") leave.current = bothOf(end, follow(choice, account));
    setAccount(account);
  }

  /** INVARIANT: as soon as the wallet is on another chain, or has another account chosen, nothing is signed as before. */
  function follow(choice: Extract<Choice, { kind: "wallet" }>, { address }: Account): () => void {
    return followWallet(choice.provider, {
      onChain: (chainId) => chainId !== config.deployment.chainId && disconnect(),
      onAccounts: (accounts) => {
        if (accounts[0] === address) return;
        if (accounts.length === 0) return disconnect();
        void connect(choice).catch(disconnect);
      },
    });
  }

  const wallet: Wallet = { account, choices: [...found, ...devnetChoices(config)], connect, disconnect };
  return <WalletContext value={wallet}>{children}</WalletContext>;
}

const bothOf = (first: () => void, second: () => void) => (): void => {
  first();
  second();
};

async function accountOf(choice: Choice, { rpcUrl, deployment }: ExplorerConfig): Promise<Account> {
  const [{ BrowserProvider, JsonRpcProvider }, { connect }] = await Promise.all([import("ethers"), import("../../../sdk/index.ts")]);
  const signerOf = async () => {
    if (choice.kind === "devnet") return new JsonRpcProvider(rpcUrl, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 }).getSigner(choice.address);
    const address = await permittedAccount(choice);
    await changeChain(choice, deployment.chainId);
    return new BrowserProvider(signingAs(address, deployment.chainId, choice), deployment.chainId).getSigner(address);
  };
  const signer = await signerOf();
  return { name: choice.name, address: (await signer.getAddress()).toLowerCase(), client: await connect(signer, { deployment }) };
}
