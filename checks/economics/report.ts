/** The tables of docs/economics.md. */
import { challengePrice, demandPrice } from "../../core/dispute/prices.ts";
import { holds, leastBond, type Claim, type Market } from "./claims.ts";
import type { Constants } from "./constants.ts";
import { roundsIn, type ModelSize } from "./gas.ts";
import {
  blockadeBps, capitalCost, defenceGas, fillings, net, prosecutionGas, rounds, scenarios, type Party, type Scenario, type Setting,
} from "./scenarios.ts";

/** Everything that one run prints. */
export interface Report {
  readonly network: string;
  readonly setting: Setting;
  readonly market: Market;
  readonly sizes: readonly ModelSize[];
  readonly claims: readonly Claim[];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const count = (n: number | bigint): string => n.toLocaleString("en");
export const opg = (wei: bigint): string => {
  const hundredths = (wei < 0n ? wei - 5n * 10n ** 15n : wei + 5n * 10n ** 15n) / 10n ** 16n;
  const text = `${count((hundredths < 0n ? -hundredths : hundredths) / 100n)}.${String((hundredths < 0n ? -hundredths : hundredths) % 100n).padStart(2, "0")}`;
  return hundredths < 0n ? `−${text}` : text;
};
const span = (seconds: bigint): string => {
  if (seconds === 0n) return "–";
  return seconds >= 3_600n ? `${Number(((seconds * 10n) / 3_600n).toString()) / 10} h` : `${Number(((seconds * 10n) / 60n).toString()) / 10} min`;
};

const PARTIES: readonly Party[] = ["operator", "challenger", "requester"];
const NAMES: Record<Party, string> = { operator: "Operators", challenger: "Honest challengers", requester: "Requesters", publisher: "Publishers", outsider: "Outsiders and false challengers" };

function scenarioTable({ setting, market }: Report, actor: Party): string {
  const cell = (s: Scenario, party: Party): string => (s.flows[party] === undefined || party === s.actor ? "–" : opg(net(s, party, market.price)));
  const rows = scenarios(setting)
    .filter((s) => s.actor === actor)
    .map((s) => [
      s.title,
      `**${opg(net(s, s.actor, market.price))}**`,
      ...PARTIES.filter((p) => p !== actor).map((p) => cell(s, p)),
      s.burned === 0n ? "–" : opg(s.burned),
      s.tied.length === 0 ? "–" : opg(capitalCost(s, market.rateBps)),
      span(s.delay),
    ]);
  const columns = PARTIES.filter((p) => p !== actor);
  return table([`${NAMES[actor]}: who…`, "is left with", ...columns.map((p) => `the ${p} with`), "burned", "capital of others", "delay"], rows);
}

/** Who can burn how much of whose money. */
export const damageTables = (report: Report): string =>
  (["outsider", "challenger", "operator", "requester"] as const).map((actor) => scenarioTable(report, actor)).join("\n\n");

export function sizeTable({ setting, sizes, market }: Report): string {
  const { gas } = setting;
  return table(
    ["model", "tensors", "products", "opening, gas", "convict, gas", "rounds when withheld", "challenger's gas, served", "withheld", "least bond, OPG"],
    sizes.map((size) => [
      size.name,
      count(size.tensors),
      count(size.products),
      count(gas.open(size)),
      count(gas.convict(size.products)),
      String(roundsIn(size)),
      count(prosecutionGas(gas, size, 0)),
      count(prosecutionGas(gas, size, roundsIn(size))),
      opg(leastBond(setting, size, market)),
    ]),
  );
}

export function claimTable({ claims }: Report): string {
  const show = ({ unit }: Claim, value: bigint): string =>
    unit === "OPG" ? opg(value) : unit === "bonds" ? (Number(value) / 10_000).toFixed(2) : unit === "seconds" ? span(value) : String(value);
  return table(
    ["claim", "left", "≥ right", "unit", "up to OPG per Mgas", "holds"],
    claims.map((claim) => [
      claim.text,
      show(claim, claim.left),
      show(claim, claim.right),
      claim.unit === "seconds" ? "time" : claim.unit,
      claim.upTo === undefined ? "any" : claim.upTo.toFixed(2),
      holds(claim) ? "yes" : "**no**",
    ]),
  );
}

export function constantsTable(parameters: Readonly<Record<string, Constants>>): string {
  const names = Object.keys(parameters);
  const row = (label: string, of: (c: Constants) => string) => [label, ...names.map((name) => of(parameters[name]))];
  return table(
    ["", ...names],
    [
      row("challenge", (c) => `${opg(c.challengeFee)} OPG + ${Number(c.challengeFeeBps) / 100} % of the bond`),
      row("fee and deposit of a demanded place", (c) => `${opg(c.demandFee)} OPG + ${Number(c.demandDepositBps) / 100} % of the bond`),
      row("places at a time", (c) => count(c.maxOpenDemands)),
      row("slash: requester, challenger, burned", (c) => [c.compensationBps, c.rewardBps, 10_000n - c.compensationBps - c.rewardBps].map((bps) => `${Number(bps) / 100} %`).join(", ")),
      row("verdict after the window, at most", (c) => span(c.openPeriod + c.provePeriod)),
      row("rounds of demand and answer that fit", (c) => String(rounds(c))),
      row("fillings of all places until it is too late to demand", (c) => String(fillings(c))),
      row("what these burn", (c) => `${(Number(blockadeBps(c)) / 10_000).toFixed(2)} bonds`),
      row("exit of a bond", (c) => span(c.exitDelay)),
    ],
  );
}

/** What a challenger risks where the operator's values may differ within bounds. */
export function baitTable({ setting, market }: Report): string {
  const { fee, deposit } = demandPrice(setting.c, setting.bond);
  return table(
    ["leaves under a bound that are withheld", "the challenger pays at most", "of it burned", "to the operator", "the operator's gas"],
    [0, 8, 64, 512].map((leaves) => {
      const n = BigInt(leaves);
      const gas = BigInt(defenceGas(setting.gas, setting.size) + Math.ceil((leaves * setting.gas.moves.revealLeaves) / 16));
      const challenge = challengePrice(setting.c, setting.bond);
      return [String(leaves), ...[challenge + n * (fee + deposit), n * deposit, challenge + n * fee, gas * market.price].map(opg)];
    }),
  );
}
