import type { Command } from "commander";
import { formatUnits } from "ethers";
import { inputError, refusedError } from "../../core/errors.ts";
import { showOpg, showTime } from "../../core/words.ts";
import { warningsFor } from "../connect.ts";
import type { Bond } from "../ports.ts";
import { testRuntime } from "../doctor/machine.ts";
import { ortRuntime } from "../runtime/ort.ts";
import { bondLines, gameLine, jobsLine, line, rewardsLine, walletLine } from "./accountView.ts";
import { pay } from "./funding.ts";
import { parseAmount } from "./parse.ts";
import { roleCommands } from "./parties.ts";
import type { Role } from "./parties.ts";
import type { Planned } from "./preview.ts";
import { asks, sends } from "./session.ts";
import type { Session } from "./session.ts";

const OPERATOR: Role = {
  name: "operator",
  description: "bond, look after and leave the operator's account",
  places: ["jobs", "game", "rewards"],
  shown: [bondLines, jobsLine, gameLine, rewardsLine, walletLine],
  status: "bond, locks, exit, credits, balances, and what an operator lacks",
  collect: "send fees, rewards and returned challenge fees to the account",
  async more(session, { address }) {
    const warnings = await warningsFor(await session.connection(), session.config, address, true);
    return { json: { warnings }, lines: warnings.map(({ text }) => line("warning", text)) };
  },
};

export function operatorCommands(parent: Command, session: (command: Command) => Session): void {
  const operator = roleCommands(parent, OPERATOR, session);

  sends(operator.command("register"))
    .description("test this host, then bond to the network; bonding is the consent to be slashed for a wrong result")
    .requiredOption("--bond <opg>", "how much to bond")
    .action(async (options: { bond: string }, command: Command) => {
      const current = session(command);
      const amount = parseAmount(options.bond, "--bond", 1n);
      const { reader } = await current.connection();
      const account = await current.address();
      const { bonded } = await reader.bond(account);
      if (bonded > 0n) {
        throw refusedError("REGISTERED", `${account} is registered already, with a bond of ${showOpg(bonded)}`, { fix: "to bond more: opg operator bond AMOUNT" });
      }
      const planned = await bonding(current, amount);
      await testHost(current);
      await sendBond(current, planned);
    });

  operator
    .command("test")
    .description("whether this host computes as the protocol expects")
    .action(async (_options: unknown, command: Command) => {
      const current = session(command);
      await testHost(current);
      current.output.result({ ok: true, runtime: ortRuntime.name }, [`this host is fit to serve (${ortRuntime.name})`]);
    });

  sends(operator.command("bond <opg>"))
    .description("bond more")
    .action(async (text: string, _options: unknown, command: Command) => {
      const current = session(command);
      await sendBond(current, await bonding(current, parseAmount(text, "the amount", 1n)));
    });

  asks(sends(operator.command("exit")))
    .description("start to withdraw the bond, which asks first; --withdraw when the delay is over")
    .option("--amount <opg>", "part of the bond; all of it by default")
    .option("--withdraw", "send what may leave now to the account")
    .option("--cancel", "put the exiting part to work again")
    .action(async (flags: ExitFlags, command: Command) => {
      const current = session(command);
      const amount = flags.amount === undefined ? undefined : parseAmount(flags.amount, "--amount", 1n);
      if ([amount !== undefined, flags.withdraw === true, flags.cancel === true].filter(Boolean).length > 1) {
        throw inputError("EXIT", "--amount, --withdraw and --cancel exclude each other", { fix: "choose one" });
      }
      const { reader } = await current.connection();
      const account = await current.address();
      const planned = await exiting(current, await reader.bond(account), flags, amount);
      const [sent] = await current.send([planned]);
      const after = await reader.bond(account);
      current.output.result({ address: account, transaction: sent.hash, ...after }, [
        `bond      ${formatUnits(after.bonded)} OPG, ${formatUnits(after.exiting)} exiting`,
        ...(after.exiting === 0n ? [] : [`may leave ${showTime(after.exitAt)}`]),
      ]);
    });
}

interface ExitFlags {
  readonly amount?: string;
  readonly withdraw?: boolean;
  readonly cancel?: boolean;
}

/** The step of an exit that was asked for, if it can be taken. */
async function exiting(session: Session, held: Bond, flags: ExitFlags, wanted: bigint | undefined): Promise<Planned> {
  const { reader, calls } = await session.connection();
  const account = await session.address();
  const nothing = (what: string) => refusedError("EXIT_NOTHING", `${account} has ${what}`, { fix: "see: opg operator status" });
  if (flags.cancel === true) {
    if (held.exiting === 0n) throw nothing("no exit under way");
    return { kind: "cancel exit", call: calls.cancelExit() };
  }
  if (flags.withdraw === true) return { kind: "withdraw bond", call: calls.withdrawBond(account) };
  const amount = wanted ?? held.bonded;
  if (held.bonded === 0n) throw nothing("nothing bonded");
  if (amount > held.bonded) throw refusedError("EXIT_TOO_LARGE", `${showOpg(amount)} are more than the ${showOpg(held.bonded)} that are bonded`, { fix: "correct --amount, or leave it out for all" });
  const earlier = held.exiting === 0n ? "" : `, in place of the exit of ${showOpg(held.exiting)} that is under way`;
  await session.confirm(
    `${showOpg(amount)} of ${showOpg(held.bonded)} begin to leave${earlier}: no new job is served with them, and they may be slashed until they have left, ${await reader.exitDelay()} s from now`,
  );
  return { kind: "request exit", call: calls.requestExit(amount) };
}

export async function bonding(session: Session, amount: bigint): Promise<Planned[]> {
  const { reader, calls } = await session.connection();
  return pay(session, reader.deployment.stakes, amount, { kind: "bond", call: calls.bond(amount) });
}

export async function sendBond(session: Session, planned: readonly Planned[]): Promise<void> {
  const sent = await session.send(planned);
  const { reader } = await session.connection();
  const account = await session.address();
  const after = await reader.bond(account);
  session.output.result({ address: account, transaction: sent[sent.length - 1].hash, ...after }, [
    `bond      ${formatUnits(after.bonded)} OPG, ${formatUnits(after.free)} free`,
  ]);
}

async function testHost(session: Session): Promise<void> {
  const progress = session.output.progress("self-test");
  try {
    const faults = await testRuntime((done, total) => progress.update(done, total));
    if (faults.length > 0) {
      throw refusedError("SELF_TEST", `this host is not fit to serve:\n  ${faults.join("\n  ")}`, { details: { faults } });
    }
  } finally {
    progress.stop();
  }
}
