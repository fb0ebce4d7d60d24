/** Plans a transaction in the store at argv[2] and is killed at the moment it would be sent. */
import { Wallet } from "ethers";
import { createSender } from "../../oracle/chain/sender.ts";
import { openStore } from "../../oracle/store/store.ts";
import { crashIntent, CRASH_KEY, readerFor, SENDER_OPTIONS } from "./outboxCrashSetup.ts";
import { SimulatedChain } from "./simulatedChain.ts";

const chain = new SimulatedChain();
chain.rpc.answers.eth_sendRawTransaction = () => {
  process.kill(process.pid, "SIGKILL");
};
const store = await openStore({ directory: process.argv[2] });
await store.outbox.plan(crashIntent);
const clock = { now: () => 1_000, sleep: () => Promise.resolve() };
await createSender(chain.rpc, readerFor(chain), new Wallet(CRASH_KEY), store.outbox, clock, { emit: () => undefined }, SENDER_OPTIONS).pump();
process.exit(3);
