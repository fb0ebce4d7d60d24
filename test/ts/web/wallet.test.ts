import { expect } from "chai";
import { opgErrorOf } from "../../../sdk/chain/reverts.ts";
import { explained, Fault } from "../../../web/src/fault.ts";
import { changeChain, followWallet, permittedAccount, signingAs } from "../../../web/src/wallet/eip1193.ts";
import { account } from "../../support/chainEvents.ts";

const [ME, OTHER] = [account(1), account(2)];
const CHAIN = 31_337;

/** A wallet as it stands, which tells of changes and keeps what it was asked. */
class FakeWallet {
  readonly name = "Fake";
  readonly asked: string[] = [];
  readonly #listeners = new Map<string, (value: unknown) => void>();
  accounts: unknown = [ME.toUpperCase().replace("0X", "0x"), OTHER];
  chain = CHAIN;
  refusal: unknown;
  isStubborn = false;

  readonly provider = {
    request: async ({ method, params }: { method: string; params?: readonly { readonly chainId?: string }[] | Record<string, unknown> }): Promise<unknown> => {
      this.asked.push(method);
      if (method === "eth_chainId") return `0x${this.chain.toString(16)}`;
      if (this.refusal !== undefined) throw this.refusal;
      if (method === "wallet_switchEthereumChain" && !this.isStubborn) this.chain = Number((params as { chainId: string }[])[0].chainId);
      return method.endsWith("ccounts") ? this.accounts : null;
    },
    on: (event: string, listener: (value: unknown) => void) => void this.#listeners.set(event, listener),
    removeListener: (event: string) => void this.#listeners.delete(event),
  };

  tell(event: string, value: unknown): void {
    this.#listeners.get(event)?.(value);
  }
}

const faultOf = async (attempt: Promise<unknown>): Promise<string> => explained(await attempt.then(() => undefined, (error: unknown) => error)).message;

describe("a wallet at the explorer", () => {
  it("is asked for its account, and to change its chain only where it is on another", async () => {
    const wallet = new FakeWallet();
    expect(await permittedAccount(wallet)).to.equal(ME);
    await changeChain(wallet, CHAIN);
    expect(wallet.asked).to.deep.equal(["eth_requestAccounts", "eth_chainId"]);
    await changeChain(wallet, 1);
    expect(wallet.chain).to.equal(1);
  });

  it("that refuses, waits or has nothing is told of by what it did", async () => {
    for (const [refusal, says] of [[{ code: 4001 }, "was told not to"], [{ code: -32002 }, "waits for an answer"], [new Error("locked"), "gives no account"], [null, "gives no account"]] as const) {
      const wallet = new FakeWallet();
      wallet.refusal = refusal;
      expect(await faultOf(permittedAccount(wallet))).to.include(says);
    }
    for (const accounts of [[], null, [7], {}]) {
      const wallet = new FakeWallet();
      wallet.accounts = accounts;
      expect(await faultOf(permittedAccount(wallet))).to.equal("Fake gives no account");
    }
  });

  it("that does not change its chain, whether it says so or not, is not connected", async () => {
    const [refusing, stubborn] = [new FakeWallet(), new FakeWallet()];
    refusing.refusal = { code: 4902 };
    stubborn.isStubborn = true;
    for (const wallet of [refusing, stubborn]) expect(await faultOf(changeChain(wallet, 1))).to.equal("Fake did not change to chain 1");
  });

  it("signs for the account and the chain alone that the page shows", async () => {
    const wallet = new FakeWallet();
    const guarded = signingAs(ME, CHAIN, wallet);
    await guarded.request({ method: "eth_sendTransaction" });
    wallet.accounts = [OTHER, ME];
    expect(await faultOf(guarded.request({ method: "eth_sendTransaction" }))).to.equal("Fake has changed its account or its chain");
    wallet.accounts = [ME];
    wallet.chain = 1;
    expect(await faultOf(guarded.request({ method: "eth_signTypedData_v4" }))).to.equal("Fake has changed its account or its chain");
    await guarded.request({ method: "eth_call" });
    expect(wallet.asked.filter((method) => /send|sign/i.test(method))).to.deep.equal(["eth_sendTransaction"]);
  });

  it("is followed in its changes until it is left", () => {
    const wallet = new FakeWallet();
    const heard: unknown[] = [];
    const end = followWallet(wallet.provider, { onChain: (chain) => heard.push(chain), onAccounts: (accounts) => heard.push(accounts) });
    wallet.tell("chainChanged", "0x1");
    wallet.tell("accountsChanged", [OTHER.toUpperCase().replace("0X", "0x")]);
    wallet.tell("accountsChanged", "nonsense");
    wallet.tell("disconnect", {});
    expect(heard).to.deep.equal([1, [OTHER], [], []]);
    end();
    wallet.tell("chainChanged", "0x2");
    expect(heard).to.have.length(4);
  });
});

describe("what a wallet or a library throws", () => {
  it("is a refusal where the person said no, however deep libraries wrap it", () => {
    const wrapped = Object.assign(new Error("user rejected action (action=\"sendTransaction\", …)"), { code: "ACTION_REJECTED" });
    for (const error of [wrapped, { code: 4001 }, { cause: { cause: { code: 4001 } } }, { info: { error: { code: 4001 } } }]) expect(opgErrorOf(error).message).to.equal("the wallet was told not to sign");
    expect(opgErrorOf({ code: 4900, message: "gone" }).message).to.include("the node or the wallet answered");
  });

  it("is explained by the Fault within it, and in bounded length", () => {
    const within = new Fault("the wallet changed", "connect it again");
    expect(explained(opgErrorOf(Object.assign(new Error("could not coalesce error"), { error: within })))).to.deep.equal({ message: "the wallet changed", remedy: "connect it again" });
    expect(explained(new Error("x".repeat(1e6))).message.length).to.be.lessThan(2_000);
    expect(explained(null)).to.deep.equal({ message: "null", remedy: "try again" });
  });
});
