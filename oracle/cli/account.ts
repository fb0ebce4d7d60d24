import type { Command } from "commander";
import { inputError, refusedError } from "../../core/errors.ts";
import { showOpg } from "../../core/words.ts";
import { accountJson, bondLines, gameLine, heldAt, jobsLine, line, PLACES, readAccount, rewardsLine, walletLine, withdrawal } from "./accountView.ts";
import type { Place } from "./accountView.ts";
import { claimCommand } from "./claim.ts";
import { pay } from "./funding.ts";
import { bonding, sendBond } from "./operator.ts";
import { parseAddress, parseAmount } from "./parse.ts";
import { addressOr, revenueOf } from "./parties.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";

const ALL = "all";

/** An account's money, whatever its roles. */
export function accountCommands(parent: Command, session: (command: Command) => Session): void {
  parent
    .command("balance [address]")
    .description("all that an account has, and where it stands; of the configured key by default")
    .action(async (text: string | undefined, _flags: unknown, command: Command) => {
      const current = session(command);
      const { reader } = await current.connection();
      const account = await readAccount(reader, await addressOr(current, text));
      const revenue = (await revenueOf(current, account.address)).reduce((sum, { share }) => sum + share, 0n);
      const { balance, jobsBalance, gameBalance, credit, bond } = account;
      const total = balance + jobsBalance + gameBalance + credit + bond.bonded + revenue;
      current.output.result({ ...accountJson(account), revenue, total }, [
        line("account", account.address),
        walletLine(account),
        jobsLine(account),
        gameLine(account),
        rewardsLine(account),
        ...bondLines(account),
        line("revenue", `${showOpg(revenue)} as a publisher, not collected yet`),
        line("in all", showOpg(total)),
      ]);
    });

  sends(parent.command("deposit <opg>"))
    .description("pay into the balance that requests are paid from, or challenges")
    .option("--with <place>", "jobs, for requests; or game, for challenges and demands", "jobs")
    .option("--for <address>", "whose balance, such as that of a contract that asks for inferences; one's own by default")
    .action(async (text: string, flags: { with: string; for?: string }, command: Command) => {
      const current = session(command);
      const amount = parseAmount(text, "the amount", 1n);
      const place = parsePlace(flags.with, "--with", ["jobs", "game"]);
      const given = flags.for === undefined ? undefined : parseAddress(flags.for, "--for");
      const { reader, calls } = await current.connection();
      const ledger = reader.deployment[place as "jobs" | "game"];
      const account = given ?? (await current.address());
      const sent = await current.send(await pay(current, ledger, amount, { kind: "deposit", call: calls.deposit(ledger, account, amount) }));
      const held = await reader.ledgerBalance(ledger, account);
      current.output.result({ address: account, place, deposited: amount, balance: held, transaction: sent[sent.length - 1].hash }, [
        `${account} has ${showOpg(held)} with ${nameOf(place)}`,
      ]);
    });

  sends(parent.command("withdraw <opg>"))
    .description(`send OPG from a balance to the account; "${ALL}" for all that is there`)
    .option("--from <place>", "jobs: prepaid, or earned in fees; game: for challenges, or back from them; rewards: rewards and compensations", "jobs")
    .option("--to <address>", "where to; the account of the key by default")
    .action(async (text: string, flags: { from: string; to?: string }, command: Command) => {
      const current = session(command);
      const wanted = text === ALL ? undefined : parseAmount(text, "the amount", 1n);
      const place = parsePlace(flags.from, "--from", PLACES);
      const given = flags.to === undefined ? undefined : parseAddress(flags.to, "--to");
      const { reader, calls } = await current.connection();
      const own = await current.address();
      const held = heldAt(await readAccount(reader, own), place);
      const amount = wanted ?? held;
      if (amount > held || held === 0n) {
        throw refusedError("BALANCE_TOO_LOW", `${own} has ${showOpg(held)} with ${nameOf(place)}${wanted === undefined ? "" : `, less than ${showOpg(wanted)}`}`, {
          fix: `see where it stands: opg balance`,
        });
      }
      const to = given ?? own;
      const [sent] = await current.send([withdrawal(calls, reader.deployment, place, to, amount)]);
      current.output.result({ address: own, to, place, withdrawn: amount, left: held - amount, transaction: sent.hash }, [
        `sent ${showOpg(amount)} to ${to}, ${showOpg(held - amount)} are left with ${nameOf(place)}`,
      ]);
    });

  sends(parent.command("bond [opg]"))
    .description("bond more as an operator; without an amount, show the bond")
    .action(async (text: string | undefined, _flags: unknown, command: Command) => {
      const current = session(command);
      if (text !== undefined) return sendBond(current, await bonding(current, parseAmount(text, "the amount", 1n)));
      const account = await readAccount((await current.connection()).reader, await current.address());
      current.output.result({ address: account.address, ...account.bond }, bondLines(account));
    });

  claimCommand(parent, session);
}

const nameOf = (place: Place): string => ({ jobs: "the jobs registry", game: "the dispute game", rewards: "the stake registry" })[place];

function parsePlace(text: string, option: string, places: readonly Place[]): Place {
  const place = places.find((one) => one === text);
  if (place !== undefined) return place;
  throw inputError("PLACE", `${option} must be ${places.join(" or ")}, not "${text}"`, { fix: `correct ${option}` });
}
