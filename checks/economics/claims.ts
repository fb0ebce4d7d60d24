/** What docs/economics.md claims, as inequalities over the contracts' constants, measured gas and the price of gas in OPG. */
import { challengePrice, demandPrice } from "../../core/dispute/prices.ts";
import { roundsIn, roundsTo, type ModelSize } from "./gas.ts";
import {
  blockadeBps, capitalCost, defenceGas, net, others, prosecutionGas, revealGas, rounds, scenarios, slash,
  type Scenario, type Setting,
} from "./scenarios.ts";

export interface Market {
  /** OPG in its smallest unit for one gas. */
  readonly price: bigint;
  /** Yearly cost of capital, in basis points. */
  readonly rateBps: bigint;
}

export interface Claim {
  readonly id: string;
  readonly text: string;
  /** Must be at least `right`. */
  readonly left: bigint;
  readonly right: bigint;
  readonly unit: "OPG" | "bonds" | "rounds" | "seconds";
  /** OPG for a million gas up to which it holds; undefined where gas is not in it. */
  readonly upTo?: number;
}

export const holds = ({ left, right }: Claim): boolean => left >= right;

const BPS = 10_000n;
const YEAR = 365n * 86_400n;
/** Fees and bonds cover what they are for this many times over. */
export const MARGIN = 2n;
/** 2^18 leaves are 256 MB: the largest tensor that the claims speak of. */
const DEEPEST = 18;

/** OPG for a million gas at which `money` pays for `gas`. */
const breakEven = (money: bigint, gas: number): number => Number((money * 1_000_000n) / BigInt(Math.max(1, gas))) / 1e18;

/**
 * The least bond of whose reward the half that nobody takes from a challenger pays for its worst dispute over such a
 * model, with margin.
 */
export function leastBond({ c, gas }: Pick<Setting, "c" | "gas">, size: ModelSize, { price }: Market): bigint {
  const cost = BigInt(prosecutionGas(gas, size, roundsIn(size))) * price * MARGIN;
  return (2n * cost * BPS + c.rewardBps - 1n) / c.rewardBps;
}

/** What everyone but the actor spends, before anything is paid back to them. */
const spentByOthers = (scenario: Scenario, { price, rateBps }: Market): bigint =>
  others(scenario).reduce((sum, party) => sum + BigInt(scenario.flows[party]!.gas) * price, 0n) + capitalCost(scenario, rateBps);

export function claims(setting: Setting, sizes: readonly ModelSize[], market: Market): Claim[] {
  const { c, gas } = setting;
  const { price } = market;
  const largest = sizes[sizes.length - 1];
  const utmost = { tensors: largest.tensors, bytes: Number(c.maxInputBytes + c.maxOutputBytes) };
  const defence = defenceGas(gas, utmost);
  const { burned } = slash(c, setting.bond);
  const list: Claim[] = [
    {
      id: "open",
      text: `the challenge fee is twice the operator's gas, at ${utmost.tensors} tensors and the longest input and output`,
      left: c.challengeFee,
      right: MARGIN * BigInt(defence) * price,
      unit: "OPG",
      upTo: breakEven(c.challengeFee, Number(MARGIN) * defence),
    },
    {
      id: "bond-time",
      text: "a challenge's part of the bond is what the bond's time in a dispute is worth, however large the bond",
      left: challengePrice(c, setting.bond) - c.challengeFee,
      right: (setting.bond * market.rateBps * (c.openPeriod + c.provePeriod)) / (BPS * YEAR),
      unit: "OPG",
    },
    {
      id: "reveal",
      text: "the fee of a demanded place is twice the operator's gas of answering that place alone",
      left: c.demandFee,
      right: MARGIN * BigInt(revealGas(gas)) * price,
      unit: "OPG",
      upTo: breakEven(c.demandFee, Number(MARGIN) * revealGas(gas)),
    },
    { id: "burn", text: "slashing oneself burns a tenth of the bond at least", left: 10n * burned, right: setting.bond, unit: "OPG" },
    { id: "reward", text: "the reward is less than half of the slash", left: BPS / 2n - 1n, right: c.rewardBps, unit: "bonds" },
    { id: "blockade", text: "keeping all places for demands taken burns two bonds", left: blockadeBps(c), right: 2n * BPS, unit: "bonds" },
    {
      id: "rounds",
      text: `as many rounds fit as lead to one leaf of ${2 ** (DEEPEST - 10)} MB, and two more`,
      left: BigInt(rounds(c)),
      right: BigInt(roundsTo(DEEPEST) + 2),
      unit: "rounds",
    },
    {
      id: "starve",
      text: `taking all places until fewer than the ${roundsTo(DEEPEST)} rounds to such a leaf remain burns a bond`,
      left: blockadeBps(c, rounds(c) - roundsTo(DEEPEST) + 1),
      right: BPS,
      unit: "bonds",
    },
    {
      id: "exit",
      text: "a bond's exit takes longer than the longest window and dispute",
      left: c.exitDelay,
      right: c.maxWindow + c.openPeriod + c.provePeriod + 1n,
      unit: "seconds",
    },
  ];
  const { fee, deposit } = demandPrice(c, setting.bond);
  list.push({
    id: "deposit",
    text: "a demand that leads to nothing costs its author more than its answer costs the operator",
    left: fee + deposit,
    right: BigInt(revealGas(gas)) * price,
    unit: "OPG",
    upTo: breakEven(fee + deposit, revealGas(gas)),
  });
  for (const scenario of scenarios(setting)) list.push(...about(scenario, setting, market));
  for (const id of STALLS) {
    const tightest = sizes.map((size) => {
      const scenario = scenarios({ ...setting, size, bond: leastBond(setting, size, market) }).find((s) => s.id === id)!;
      return stall(scenario, market, `an operator that ${scenario.title} (${size.name}, least bond)`);
    });
    list.push(tightest.reduce((a, b) => (a.left * b.right <= b.left * a.right ? a : b)));
  }
  return list;
}

/** Failed stalls of operators, which end in a slash. */
const STALLS = ["lie", "lie-committed", "lie-convicted", "stall", "silent", "own-silence", "mute"];
/** Failed stalls of challengers, which end in an upheld result. */
const CHALLENGES = ["groundless", "sybils", "spam", "largest"];

function about(scenario: Scenario, setting: Setting, market: Market): Claim[] {
  const { id, title } = scenario;
  if (id === "thief") {
    return [{ id, text: `who ${title} gains nothing`, left: 0n, right: net(scenario, "outsider", market.price), unit: "OPG" }];
  }
  if (!CHALLENGES.includes(id)) return [];
  const others = spentByOthers(scenario, { ...market, price: 1n }) - capitalCost(scenario, market.rateBps);
  const { opg, gas } = scenario.flows[scenario.actor]!;
  const more = Number(others) - gas;
  return [
    {
      ...stall(scenario, market, `who ${title}`),
      upTo: more > 0 ? breakEven(-opg - capitalCost(scenario, market.rateBps), more) : undefined,
    },
    {
      id: `${id}-net`,
      text: `who ${title} costs the operator nothing, the time of its bond included (bond ${setting.bond / 10n ** 18n} OPG)`,
      left: net(scenario, "operator", market.price),
      right: capitalCost(scenario, market.rateBps),
      unit: "OPG",
      upTo: breakEven(scenario.flows.operator!.opg - capitalCost(scenario, market.rateBps), scenario.flows.operator!.gas),
    },
  ];
}

/** It costs the staller more than it costs everyone else together, before anything is paid back to them. */
function stall(scenario: Scenario, market: Market, who: string): Claim {
  return {
    id: `${scenario.id}-stall`,
    text: `${who} loses more than everyone else spends`,
    left: -net(scenario, scenario.actor, market.price),
    right: spentByOthers(scenario, market),
    unit: "OPG",
  };
}
