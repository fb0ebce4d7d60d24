import { expect } from "chai";
import { Transaction } from "ethers";
import { RpcFault } from "../../../oracle/chain/rpc.ts";
import { transientError } from "../../../core/errors.ts";
import { crashIntent } from "../../support/outboxCrashSetup.ts";
import { setup } from "../../support/senderSetup.ts";
import type { SimulatedChain } from "../../support/simulatedChain.ts";

describe("sender", () => {
  describe("a transaction that no node takes", () => {
    const refusing = (chain: SimulatedChain, why: (transaction: Transaction) => string | undefined) => {
      const send = chain.rpc.answers.eth_sendRawTransaction;
      chain.rpc.answers.eth_sendRawTransaction = (params) => {
        const message = why(Transaction.from(params[0] as string));
        if (message !== undefined) throw new RpcFault("eth_sendRawTransaction", { code: -32000, message });
        return send(params);
      };
    };

    it("for its tip goes out with the one that the node names", async () => {
      const { chain, outbox, sender } = setup();
      refusing(chain, ({ maxPriorityFeePerGas: tip }) =>
        tip! < 25_000_000_000n ? `transaction underpriced: gas tip cap ${tip}, minimum needed 25000000000` : undefined,
      );
      await outbox.plan(crashIntent);
      expect(await sender.pump().catch((error: unknown) => error)).to.include({ code: "TX_NOT_TAKEN" });
      await sender.pump();
      expect(chain.pool.map(({ nonce, maxPriorityFeePerGas: tip }) => [nonce, tip])).to.deep.equal([[0, 25_000_000_000n]]);
      chain.mine();
      await sender.pump();
      expect((await outbox.get(crashIntent.intent))?.status).to.equal("confirmed");
    });

    it("for a price above the limit says what the node asks for", async () => {
      const { chain, outbox, sender } = setup();
      refusing(chain, () => "transaction underpriced: minimum needed 900 gwei");
      await outbox.plan(crashIntent);
      await sender.pump().catch(() => undefined);
      const failure = (await sender.pump().catch((error: unknown) => error)) as Error;
      expect(failure).to.include({ code: "FEES_HIGH" });
      expect(failure.message).to.contain("900 gwei");
    });

    it("for its gas limit is signed anew under its nonce once the node estimates better", async () => {
      const { chain, outbox, sender } = setup();
      let estimate = 14_000_000;
      chain.rpc.answers.eth_estimateGas = () => `0x${estimate.toString(16)}`;
      refusing(chain, ({ gasLimit }) => (gasLimit > 10_000_000n ? "exceeds block gas limit" : undefined));
      await outbox.plan(crashIntent);
      for (let i = 0; i < 3; i++) await sender.pump().catch(() => undefined);
      expect((await outbox.get(crashIntent.intent))!.attempts, "the same bytes as long as nothing changed").to.have.length(1);
      estimate = 100_000;
      await sender.pump();
      expect(chain.pool.map(({ nonce, gasLimit }) => [nonce, gasLimit])).to.deep.equal([[0, 169_200n]]);
    });

    it("is never signed for more gas than a transaction may take", async () => {
      const { chain, outbox, sender } = setup();
      let estimate = 50_000_000;
      chain.rpc.answers.eth_estimateGas = () => `0x${estimate.toString(16)}`;
      await outbox.plan(crashIntent);
      expect(await sender.pump().catch((error: unknown) => error)).to.include({ code: "TX_DOUBTFUL" });
      expect((await outbox.get(crashIntent.intent))?.status).to.equal("planned");
      estimate = 50_000;
      await sender.pump();
      expect(chain.pool).to.have.length(1);
    });

    it("keeps its nonce when it became pointless: that a node refused it does not show that none has it", async () => {
      const { chain, outbox, sender } = setup();
      const send = chain.rpc.answers.eth_sendRawTransaction;
      let calls = 0;
      chain.rpc.answers.eth_sendRawTransaction = (params) => {
        // Taken while the connection ended, then refused by a node that has not heard of it.
        if (++calls === 1) throw transientError("RPC_UNREACHABLE", "the connection ended");
        if (calls === 2) throw new RpcFault("eth_sendRawTransaction", { code: -32000, message: "txpool is full" });
        return send(params);
      };
      await outbox.plan(crashIntent);
      await sender.pump().catch(() => undefined);
      await sender.pump().catch(() => undefined);
      chain.objection = new RpcFault("eth_call", { code: 3, message: "execution reverted" });
      await sender.pump().catch(() => undefined);
      expect((await outbox.get(crashIntent.intent))?.status).to.equal("sent");
      expect(chain.pool.map(({ nonce, data }) => [nonce, data])).to.deep.equal([[0, "0x"]]);
    });

    it("keeps no other waiting: what has a clock goes out first", async () => {
      const { chain, outbox, sender } = setup();
      await outbox.plan({ ...crashIntent, intent: "submit" });
      refusing(chain, ({ data }) => (data === "0xc0ffee" ? "txpool is full" : undefined));
      await sender.pump().catch(() => undefined);
      await outbox.plan({ ...crashIntent, intent: "reveal", data: "0xbeef", urgent: true });
      const receipts = chain.rpc.answers.eth_getTransactionReceipt;
      chain.rpc.answers.eth_getTransactionReceipt = () => {
        throw new RpcFault("eth_getTransactionReceipt", { code: -32000, message: "database is closed" });
      };
      await sender.pump().catch(() => undefined);
      chain.rpc.answers.eth_getTransactionReceipt = receipts;
      expect(chain.pool.map(({ data }) => data)).to.deep.equal(["0xbeef"]);
    });
  });
});
