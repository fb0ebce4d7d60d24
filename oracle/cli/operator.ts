import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { formatEther, formatUnits } from "ethers";
import { inputError, refusedError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { twin } from "../core/ops/index.ts";
import { warningsFor } from "../main.ts";
import type { Call } from "../ports.ts";
import { selfTest } from "../roles/selfTest.ts";
import { ortRuntime } from "../runtime/ort.ts";
import { showTime } from "./job.ts";
import { parseAddress, parseAmount } from "./parse.ts";
import type { Session } from "./session.ts";

/** Models of this repository that together use every kind of arithmetic. */
const TEST_MODELS = ["digits-cnn", "digits-cnn-int8"];

export function operatorCommands(parent: Command, session: (command: Command) => Session): void {
  const operator = parent.command("operator").description("bond, look after and leave the operator's account");

  operator
    .command("register")
    .description("test this host, then bond to the network; bonding is the consent to be slashed for a wrong result")
    .requiredOption("--bond <opg>", "how much to bond")
    .action(async (options: { bond: string }, command: Command) => {
      const current = session(command);
      const amount = parseAmount(options.bond, "--bond");
      await testHost(current);
      await bond(current, amount);
    });

  operator
    .command("test")
    .description("whether this host computes as the protocol expects")
    .action(async (_options: unknown, command: Command) => {
      const current = session(command);
      await testHost(current);
      current.output.result({ ok: true, runtime: ortRuntime.name }, [`this host is fit to serve (${ortRuntime.name})`]);
    });

  operator
    .command("bond <opg>")
    .description("bond more")
    .action(async (text: string, _options: unknown, command: Command) => {
      await bond(session(command), parseAmount(text, "the amount"));
    });

  operator
    .command("status [address]")
    .description("bond, locks, exit, credits, balances, and what an operator lacks; of the configured key by default")
    .action(async (text: string | undefined, _options: unknown, command: Command) => {
      const current = session(command);
      const connection = await current.connection();
      const { reader } = connection;
      const account = text === undefined ? await addressOf(current) : parseAddress(text, "the address");
      const { jobs, game } = reader.deployment;
      const [held, credit, earned, fees, token, native, warnings] = await Promise.all([
        reader.bond(account),
        reader.creditOf(account),
        reader.ledgerBalance(jobs, account),
        reader.ledgerBalance(game, account),
        reader.tokenBalance(account),
        reader.nativeBalance(account),
        warningsFor(connection, current.config, account, true),
      ]);
      current.output.result({ address: account, ...held, credit, earned, gameBalance: fees, balance: token, native, warnings }, [
        `operator  ${account}`,
        `bond      ${formatUnits(held.bonded)} OPG, ${formatUnits(held.locked)} locked, ${formatUnits(held.free)} free`,
        ...(held.exiting === 0n ? [] : [`exiting   ${formatUnits(held.exiting)} OPG from ${showTime(held.exitAt)}`]),
        `earned    ${formatUnits(earned)} OPG in fees, ${formatUnits(credit)} in rewards, ${formatUnits(fees)} with the game`,
        `wallet    ${formatUnits(token)} OPG, ${formatEther(native)} of the native coin`,
        ...warnings.map((warning) => `warning   ${warning.text}`),
      ]);
    });

  operator
    .command("exit")
    .description("start to withdraw the bond; --withdraw when the delay is over")
    .option("--amount <opg>", "part of the bond; all of it by default")
    .option("--withdraw", "send what may leave now to the account")
    .option("--cancel", "put the exiting part to work again")
    .action(async (options: { amount?: string; withdraw?: boolean; cancel?: boolean }, command: Command) => {
      const current = session(command);
      const { reader, calls } = await current.connection();
      const account = await addressOf(current);
      if (options.withdraw === true && options.cancel === true) {
        throw inputError("EXIT", "--withdraw and --cancel exclude each other", { fix: "choose one" });
      }
      let call: { kind: string; call: Call };
      if (options.withdraw === true) call = { kind: "withdraw bond", call: calls.withdrawBond(account) };
      else if (options.cancel === true) call = { kind: "cancel exit", call: calls.cancelExit() };
      else {
        const { bonded } = await reader.bond(account);
        const amount = options.amount === undefined ? bonded : parseAmount(options.amount, "--amount");
        call = { kind: "request exit", call: calls.requestExit(amount) };
      }
      const [sent] = await current.send([call]);
      const after = await reader.bond(account);
      current.output.result({ address: account, transaction: sent.hash, ...after }, [
        `bond      ${formatUnits(after.bonded)} OPG, ${formatUnits(after.exiting)} exiting`,
        ...(after.exiting === 0n ? [] : [`may leave ${showTime(after.exitAt)}`]),
      ]);
    });

  operator
    .command("collect")
    .description("send fees, rewards and returned challenge fees to the account")
    .action(async (_options: unknown, command: Command) => {
      const current = session(command);
      const { reader, calls } = await current.connection();
      const account = await addressOf(current);
      const { jobs, game } = reader.deployment;
      const [earned, fees, credit] = await Promise.all([
        reader.ledgerBalance(jobs, account),
        reader.ledgerBalance(game, account),
        reader.creditOf(account),
      ]);
      const sent = await current.send([
        ...(earned > 0n ? [{ kind: "withdraw fees", call: calls.withdraw(jobs, account, earned) }] : []),
        ...(fees > 0n ? [{ kind: "withdraw from game", call: calls.withdraw(game, account, fees) }] : []),
        ...(credit > 0n ? [{ kind: "withdraw rewards", call: calls.withdrawCredit(account, credit) }] : []),
      ]);
      const total = earned + fees + credit;
      current.output.result({ address: account, collected: total, transactions: sent.map(({ hash }) => hash) }, [
        `collected ${formatUnits(total)} OPG`,
      ]);
    });
}

async function addressOf(session: Session): Promise<Hex> {
  return (await session.wallet()).address.toLowerCase() as Hex;
}

async function bond(session: Session, amount: bigint): Promise<void> {
  const { reader, calls } = await session.connection();
  const account = await addressOf(session);
  const { stakes } = reader.deployment;
  const owned = await reader.tokenBalance(account);
  if (owned < amount) {
    throw refusedError("BALANCE_TOO_LOW", `${account} holds ${formatUnits(owned)} OPG, less than ${formatUnits(amount)}`);
  }
  const approved = (await reader.allowance(account, stakes)) >= amount;
  const sent = await session.send([
    ...(approved ? [] : [{ kind: "approve", call: calls.approve(stakes, amount) }]),
    { kind: "bond", call: calls.bond(amount) },
  ]);
  const after = await reader.bond(account);
  session.output.result({ address: account, transaction: sent[sent.length - 1].hash, ...after }, [
    `bond      ${formatUnits(after.bonded)} OPG, ${formatUnits(after.free)} free`,
  ]);
}

async function testHost(session: Session): Promise<void> {
  const progress = session.output.progress("self-test");
  try {
    const models = TEST_MODELS.map((name) => {
      const file = new URL(`../../models/${name}/model.onnx`, import.meta.url);
      return { name, file: new Uint8Array(readFileSync(file)) };
    });
    const faults = await selfTest(models, ortRuntime, twin, (done, total) => progress.update(done, total));
    if (faults.length > 0) {
      throw refusedError("SELF_TEST", `this host is not fit to serve:\n  ${faults.join("\n  ")}`, { details: { faults } });
    }
  } finally {
    progress.stop();
  }
}
