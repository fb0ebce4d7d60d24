import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import { RpcFault } from "../../../oracle/chain/rpc.ts";
import { createSender } from "../../../oracle/chain/sender.ts";
import { transientError } from "../../../core/errors.ts";
import type { Outbox } from "../../../oracle/ports.ts";
import { createMemoryOutbox } from "../../../oracle/store/memoryOutbox.ts";
import { crashIntent, CRASH_KEY, readerFor, SENDER_OPTIONS } from "../../support/outboxCrashSetup.ts";
import { Random } from "../../support/random.ts";
import { SimulatedChain } from "../../support/simulatedChain.ts";

/**
 * Intents that nothing on the chain keeps from being done twice, as a request is, sent through a node that is behind,
 * fails, loses what it took and reorganises, by a sender that is killed and started anew, while somebody else uses the key.
 */
const STORMS = process.env.OPG_TEST_PROFILE === "deep" ? 2_000 : 60;
const INTENTS = 8;
const STEPS = 80;
const LAG = 8;

describe("the sender in a storm", function () {
  this.timeout(3_600_000);

  it(`does everything, and nothing twice (${STORMS} storms)`, async () => {
    for (let seed = 1; seed <= STORMS; seed++) await storm(seed);
  });
});

async function storm(seed: number): Promise<void> {
  const random = new Random(seed);
  const chance = (part: number) => random.u32() / 2 ** 32 < part;
  const chain = new SimulatedChain();
  const outbox = createMemoryOutbox();
  const clock = { at: 1_000, now: () => clock.at, sleep: () => Promise.resolve() };
  const wallet = new Wallet(CRASH_KEY);
  /** Bytes that were signed and may be anywhere. */
  const abroad: Transaction[] = [];
  let calm = false;
  let killed = false;
  const account = () => chain.blocks.flatMap(({ transactions }) => transactions);

  /** Blocks take what follows the account's nonces, and nothing else. */
  function mine(): void {
    const waiting = chain.pool.splice(0);
    for (let nonce = account().length; ; nonce++) {
      const found = waiting.findIndex((transaction) => transaction.nonce === nonce);
      if (found < 0) break;
      chain.pool.push(...waiting.splice(found, 1));
    }
    chain.mine();
    chain.pool.push(...waiting.filter(({ nonce }) => nonce >= account().length));
  }

  async function reorganise(): Promise<void> {
    const fork = Math.max(1, chain.blocks.length - 1 - (random.u32() % 3));
    const gone = chain.blocks.slice(fork).flatMap(({ transactions }) => transactions);
    chain.fork(fork);
    const back = gone.filter(() => chance(0.5));
    chain.pool.push(...back.filter(({ nonce }) => !chain.pool.some((other) => other.nonce === nonce)));
    mine();
    mine();
    // As the follower does with what it had read.
    for (let i = 0; i < INTENTS; i++) {
      const entry = await outbox.get(`i${i}`);
      if (entry?.status === "confirmed" && entry.block! >= fork) await outbox.reopen(entry.intent);
    }
  }

  const { answers } = chain.rpc;
  const send = answers.eth_sendRawTransaction;
  answers.eth_sendRawTransaction = ([raw]) => {
    const transaction = Transaction.from(raw as string);
    abroad.push(transaction);
    if (!calm && chance(0.1)) return transaction.hash; // taken, and lost
    const refuse = (message: string): never => {
      throw new RpcFault("eth_sendRawTransaction", { code: -32_000, message });
    };
    if (transaction.nonce < account().length) refuse("nonce too low");
    if (!calm && chance(0.1)) refuse("txpool is full");
    const rival = chain.pool.find(({ nonce }) => nonce === transaction.nonce);
    if (rival?.hash === transaction.hash) refuse("already known");
    if (rival !== undefined && transaction.maxPriorityFeePerGas! * 10n < rival.maxPriorityFeePerGas! * 11n) refuse("replacement transaction underpriced");
    return send([raw]);
  };
  answers.eth_maxPriorityFeePerGas = () => `0x${(1_000_000_000 + (random.u32() % 1_000_000_000)).toString(16)}`;
  const blocks = () => chain.blocks;
  for (const [method, answer] of Object.entries(answers)) {
    answers[method] = (params) => {
      if (killed) throw new Error("killed");
      if (!calm && method !== "eth_sendRawTransaction" && chance(0.15)) throw transientError("RPC_BUSY", "busy");
      if (!calm && method === "eth_sendRawTransaction" && chance(0.1)) {
        if (chance(0.5)) answer(params);
        throw transientError("RPC_UNREACHABLE", "the connection ended");
      }
      if (calm || method === "eth_sendRawTransaction" || !chance(0.3)) return answer(params);
      const whole = blocks();
      const pool = chain.pool.splice(0);
      chain.blocks = whole.slice(0, Math.max(1, whole.length - (random.u32() % (LAG + 1))));
      try {
        return answer(params);
      } finally {
        chain.blocks = whole;
        chain.pool.push(...pool);
      }
    };
  }

  /** A sender that a kill stops at any question to the node or record in the outbox. */
  function launch() {
    killed = false;
    const mortal = new Proxy(outbox, {
      get(target, name: keyof Outbox) {
        const method = target[name] as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (killed) throw new Error("killed");
          const value = await method.apply(target, args);
          if (!calm && chance(0.02)) killed = true;
          return value;
        };
      },
    });
    return createSender(chain.rpc, readerFor(chain), wallet, mortal, clock, { emit: () => undefined }, { ...SENDER_OPTIONS, confirmations: random.u32() % 3 });
  }

  let sender = launch();
  let planned = 0;
  const work = async () => {
    await sender.pump().catch(() => undefined);
    if (killed) sender = launch();
    clock.at += 500 + (random.u32() % 6_000);
  };
  for (let step = 0; step < STEPS; step++) {
    if (planned < INTENTS && chance(0.3)) {
      await outbox.plan({ ...crashIntent, intent: `i${planned}`, data: `0x${(0xa0 + planned).toString(16)}`, urgent: chance(0.3) });
      planned++;
    }
    await work();
    if (chance(0.5)) mine();
    if (chance(0.05)) await reorganise();
    if (chance(0.03)) chain.pool.splice(0, random.u32() % 3);
    if (chance(0.05) && abroad.length > 0) {
      // Somebody had kept what everybody else forgot.
      const old = random.pick(abroad);
      if (old.nonce >= account().length && !chain.pool.some(({ nonce }) => nonce === old.nonce)) chain.pool.push(old);
    }
    if (chance(0.02)) {
      const nonce = account().length;
      const call = { type: 2, chainId: 31337, nonce, to: `0x${"9".repeat(40)}`, gasLimit: 21_000n, maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 10n };
      chain.pool.splice(0, chain.pool.length, ...chain.pool.filter((other) => other.nonce !== nonce), Transaction.from(await wallet.signTransaction(call)));
    }
  }
  calm = true;
  for (let i = 0; i < 200; i++) {
    await work();
    mine();
    const open = await outbox.open(100);
    if (planned === INTENTS && open.length === 0) break;
    while (planned < INTENTS) await outbox.plan({ ...crashIntent, intent: `i${planned}`, data: `0x${(0xa0 + planned++).toString(16)}` });
  }
  const done = account().filter(({ data }) => data !== "0x").map(({ data }) => data).sort();
  const wanted = Array.from({ length: INTENTS }, (_, i) => `0x${(0xa0 + i).toString(16)}`);
  const statuses = await Promise.all(wanted.map(async (_, i) => (await outbox.get(`i${i}`))?.status));
  expect(done, `storm ${seed}: ${statuses}`).to.deep.equal(wanted);
}
