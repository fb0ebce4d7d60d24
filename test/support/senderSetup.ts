import { Wallet } from "ethers";
import { createSender } from "../../oracle/chain/sender.ts";
import type { Outbox } from "../../oracle/ports.ts";
import { createMemoryOutbox } from "../../oracle/store/memoryOutbox.ts";
import { CRASH_KEY, readerFor, SENDER_OPTIONS } from "./outboxCrashSetup.ts";
import { SimulatedChain } from "./simulatedChain.ts";

/** A clock that stands still until it is set. */
class Time {
  at = 1_000;
  now = () => this.at;
  sleep = () => Promise.resolve();
}

/** A sender on a simulated chain, and how to make it anew. */
export function setup(outbox: Outbox = createMemoryOutbox()) {
  const chain = new SimulatedChain();
  const clock = new Time();
  const wallet = new Wallet(CRASH_KEY);
  const make = () => createSender(chain.rpc, readerFor(chain), wallet, outbox, clock, { emit: () => undefined }, SENDER_OPTIONS);
  return { chain, clock, outbox, make, sender: make() };
}
