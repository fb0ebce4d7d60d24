import type { Command } from "commander";
import type { Hex } from "../../core/hex.ts";
import { countOf, showOpg } from "../../core/words.ts";
import type { Account, Place } from "./accountView.ts";
import { accountJson, gameLine, heldAt, jobsLine, line, readAccount, rewardsLine, walletLine, withdrawal } from "./accountView.ts";
import { parseAddress } from "./parse.ts";
import type { Planned } from "./preview.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";

/** The address that a command is about: the one that is given, or that of the configured key. */
export const addressOr = (session: Session, text: string | undefined): Promise<Hex> | Hex =>
  text === undefined ? session.address() : parseAddress(text, "the address");

/** What is asked besides of an account in a role: fields of the JSON, and lines. */
export type More = (session: Session, account: Account) => Promise<{ readonly json: Record<string, unknown>; readonly lines: readonly string[] }>;

export interface Role {
  readonly name: "operator" | "watcher" | "requester" | "publisher";
  readonly description: string;
  /** Where the role's OPG is. */
  readonly places: readonly Place[];
  readonly shown: readonly ((account: Account) => string | readonly string[])[];
  readonly status: string;
  readonly collect: string;
  readonly more?: More;
  /** What goes before the withdrawal. */
  readonly before?: (session: Session, address: Hex) => Promise<readonly Planned[]>;
}

/** `status` and `collect` of a role: its account under its own name. */
export function roleCommands(parent: Command, role: Role, session: (command: Command) => Session): Command {
  const group = parent.command(role.name).description(role.description);

  group
    .command("status [address]")
    .description(`${role.status}; of the configured key by default`)
    .action(async (text: string | undefined, _flags: unknown, command: Command) => {
      const current = session(command);
      const { reader } = await current.connection();
      const account = await readAccount(reader, await addressOr(current, text));
      const more = (await role.more?.(current, account)) ?? { json: {}, lines: [] };
      current.output.result({ ...accountJson(account), ...more.json }, [
        line(role.name, account.address),
        ...role.shown.flatMap((show) => show(account)),
        ...more.lines,
      ]);
    });

  sends(group.command("collect"))
    .description(role.collect)
    .action(async (_flags: unknown, command: Command) => {
      const current = session(command);
      await collect(current, role.places, (await role.before?.(current, await current.address())) ?? []);
    });

  return group;
}

/** Sends what stands in these places to the account, after what brings it there. */
export async function collect(session: Session, places: readonly Place[], before: readonly Planned[] = []): Promise<void> {
  const { reader, calls } = await session.connection();
  const address = await session.address();
  const first = before.length === 0 ? [] : await session.send(before);
  const account = await readAccount(reader, address);
  const held = places.map((place) => ({ place, amount: heldAt(account, place) })).filter(({ amount }) => amount > 0n);
  const sent = await session.send(held.map(({ place, amount }) => withdrawal(calls, reader.deployment, place, address, amount)));
  const collected = held.reduce((sum, { amount }) => sum + amount, 0n);
  session.output.result({ address, collected, transactions: [...first, ...sent].map(({ hash }) => hash) }, [`collected ${showOpg(collected)}`]);
}

export const WATCHER: Role = {
  name: "watcher",
  description: "a watcher's account: what it challenges with, and what it earned",
  places: ["game", "rewards"],
  shown: [gameLine, rewardsLine, walletLine],
  status: "what challenges are paid from, rewards, and the wallet",
  collect: "send rewards, and challenge fees that came back, to the account; opg claim --all takes them back first",
};

export const REQUESTER: Role = {
  name: "requester",
  description: "a requester's account: its prepaid balance, and compensations",
  places: ["jobs", "rewards"],
  shown: [jobsLine, rewardsLine, walletLine],
  status: "the prepaid balance that requests are paid from, compensations, and the wallet",
  collect: "send the prepaid balance and compensations to the account",
};

const PUBLISHER: Omit<Role, "more" | "before"> = {
  name: "publisher",
  description: "a publisher's account: its models and what they earned",
  places: ["jobs"],
  shown: [jobsLine, walletLine],
  status: "revenue of every version that is not collected yet, and the wallet",
  collect: "collect the shares of all own versions, and send them to the account",
};

/** Versions of the account's models, with what they have earned and nobody has collected. */
export async function revenueOf(session: Session, address: Hex): Promise<{ modelId: bigint; version: Hex; share: bigint }[]> {
  const { reader } = await session.connection();
  const versions = (await reader.modelsOf(address)).flatMap(({ modelId, versions: list }) => list.map((version) => ({ modelId, version })));
  return Promise.all(versions.map(async (each) => ({ ...each, share: await reader.shareOf(each.version) })));
}

/** What collects the shares of versions that have earned any. */
export async function collectingShares(session: Session, address: Hex): Promise<Planned[]> {
  const { calls } = await session.connection();
  const earned = (await revenueOf(session, address)).filter(({ share }) => share > 0n);
  return earned.map(({ version }) => ({ kind: `collect the share of ${version.slice(0, 10)}…`, call: calls.collectShare(version) }));
}

export function partyCommands(parent: Command, session: (command: Command) => Session): void {
  roleCommands(parent, WATCHER, session);
  roleCommands(parent, REQUESTER, session);
  roleCommands(
    parent,
    {
      ...PUBLISHER,
      async more(current, { address }) {
        const versions = await revenueOf(current, address);
        const revenue = versions.reduce((sum, { share }) => sum + share, 0n);
        return {
          json: { revenue, versions },
          lines: [
            line("revenue", `${showOpg(revenue)} not collected yet, of ${countOf(versions.length, "version")}`),
            ...versions.map(({ modelId, version, share }) => `  ${version}  of model ${modelId}: ${showOpg(share)}`),
          ],
        };
      },
      before: collectingShares,
    },
    session,
  );
}
