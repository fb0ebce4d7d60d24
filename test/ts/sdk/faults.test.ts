import { expect } from "chai";
import { openClient } from "../../../sdk/client.ts";
import type { Chain } from "../../../sdk/chain/port.ts";
import { tokenInterface } from "../../../sdk/chain/contracts.ts";
import { ethersChain, OpgError, type Client } from "../../../sdk/index.ts";
import { openAlphabet, type AlphabetScene } from "../../support/alphabetScene.ts";
import { mined, OPG } from "../../support/protocol.ts";

describe("a chain that does not do as it should", () => {
  let scene: AlphabetScene;
  let chain: Chain;
  before(async () => {
    scene = await openAlphabet();
    chain = ethersChain(await scene.signer(scene.requester.address));
  });
  after(() => scene.close());

  const over = (changes: Partial<Chain>): Promise<Client> => openClient({ ...chain, ...changes }, { deployment: scene.protocol.deployment });
  const fault = (doing: Promise<unknown>): Promise<OpgError> => doing.then(() => expect.fail("nothing was refused"), (error: unknown) => error as OpgError);

  it("is asked again while it is away for a moment, and given up after a while", async () => {
    let away = 0;
    const { id } = await scene.request();
    const client = await over({ head: () => (away-- > 0 ? Promise.reject(new Error("socket hang up")) : chain.head()) });
    const updates = client.waitForResult(id, { pollMs: 1 });
    expect((await updates.next()).value?.stage).to.equal("requested");
    await (await over({})).cancel(id);
    away = 10;
    expect((await updates.next()).value?.stage).to.equal("cancelled");
    expect(away).to.be.lessThan(0);

    away = 11;
    const gone = await fault(client.waitForResult(id, { pollMs: 1, fromBlock: 1 }).next());
    expect(gone).to.be.instanceOf(OpgError).and.deep.include({ code: "CHAIN", message: "the node or the wallet answered: socket hang up" });
  });

  it("has a token without permits: then an approval pays", async () => {
    const { protocol, devnet } = scene;
    const [, , , , , , , , poor] = await devnet.connection.ethers.getSigners();
    await mined(protocol.opg.transfer(poor.address, 2n * OPG));
    const own = ethersChain(await scene.signer(poor.address));
    const domain = tokenInterface.encodeFunctionData("eip712Domain");
    const client = await over({ ...own, call: (call, block) => (call.data === domain ? Promise.reject(new Error("execution reverted")) : own.call(call, block)) });
    expect(await fault(client.deposit(OPG))).to.deep.include({ code: "FUNDS", remedy: 'pay by an approval: funding "approval"' });
    await client.deposit(OPG, "approval");
    expect(await client.balance()).to.equal(OPG);
  });

  it("knows no block ahead: then a step is rehearsed on the newest one, and refused by name all the same", async () => {
    const client = await over({ call: (call, block) => (block === "pending" ? Promise.reject(new Error("unknown block tag")) : chain.call(call, block)) });
    const { id } = await scene.request();
    expect(await fault(client.refund(id))).to.deep.include({ code: "DeadlineNotPassed" });
    await client.cancel(id);
    expect((await client.job(id)).stage).to.equal("cancelled");
  });
});
