/**
 * Who pays what in every way a dispute can go, beyond the job's own price: pure, from the contracts' constants and
 * measured gas. In every scenario the OPG of all parties and what is burned add up to nothing; a test plays those with
 * transfers on the contracts and compares balances to the wei.
 */
import { challengePrice, demandPrice } from "../../core/dispute/prices.ts";
import type { Constants } from "./constants.ts";
import { roundsIn, type GasTable, type ModelSize } from "./gas.ts";

export type Party = "operator" | "challenger" | "requester" | "publisher" | "outsider";

/** What a party gains (loses, where negative), and the gas that it pays. */
export interface Flow {
  readonly opg: bigint;
  readonly gas: number;
}

/** OPG that somebody cannot use for a time. */
export interface Tied {
  readonly party: Party;
  readonly opg: bigint;
  readonly seconds: bigint;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Who makes it happen; the others are honest. */
  readonly actor: Party;
  readonly flows: Readonly<Partial<Record<Party, Flow>>>;
  readonly burned: bigint;
  /** Capital tied up beyond the window, of others than the actor. */
  readonly tied: readonly Tied[];
  /** How much later than at the end of the window the requester has its result or refund, at most. */
  readonly delay: bigint;
}

export interface Setting {
  readonly c: Constants;
  readonly gas: GasTable;
  readonly size: ModelSize;
  readonly bond: bigint;
  readonly fee: bigint;
}

const BPS = 10_000n;
/** Seconds between two blocks. */
export const BLOCK = 12n;
/** Blocks that remain for a commitment and a conviction after the last answer. */
const LAST_BLOCKS = 5n;

/** A slash, as StakeRegistry splits it. */
export function slash({ compensationBps, rewardBps }: Constants, amount: bigint) {
  const compensation = (amount * compensationBps) / BPS;
  const reward = (amount * rewardBps) / BPS;
  return { compensation, reward, burned: amount - compensation - reward };
}

/** A reward as DisputeGame divides it between the earliest and the latest commitment: the earlier half rounds down. */
export function halves(reward: bigint) {
  const earlier = reward / 2n;
  return { earlier, later: reward - earlier };
}

/** Rounds of demand and answer that fit between the latest opening and the deadline if every answer comes at the last second. */
export const rounds = ({ provePeriod, revealPeriod }: Constants): number =>
  Number((provePeriod - LAST_BLOCKS * BLOCK) / (revealPeriod + BLOCK));

/** How often all places must be filled so that nobody else gets one from the latest opening to the last moment of demanding. */
export const fillings = ({ provePeriod, revealPeriod }: Constants): number =>
  Number((provePeriod - revealPeriod + revealPeriod - 1n) / revealPeriod);

/** What all fillings burn, in basis points of the bond. */
export const blockadeBps = (c: Constants, times = fillings(c)): bigint => BigInt(times) * c.maxOpenDemands * c.demandDepositBps;

/** Gas of one place, demanded and answered by itself, whichever kind of place is dearer. */
export const demandGas = ({ moves }: GasTable): number => Math.max(moves.demandLeaf, moves.demandHashes);
export const revealGas = ({ moves }: GasTable): number => Math.max(moves.revealLeaf, moves.revealHashes);
/** The same for one place among many. */
const demandMore = ({ moves }: GasTable): number => Math.ceil(moves.demandLeaves / 64);
const revealMore = ({ moves }: GasTable): number => Math.ceil(moves.revealLeaves / 16);

/** From an empty hand to a challenge. */
export const challengeGas = ({ moves, challenge }: GasTable): number => moves.approve + moves.deposit + challenge;
/** Everything that is due after a conviction, withdrawn. */
const collectGas = ({ moves }: GasTable): number => moves.collect + moves.reclaim + moves.withdrawCredit + moves.withdraw;

/** Everything that an honest challenger sends to convict, with `demands` rounds in which one place each is demanded. */
export const prosecutionGas = (gas: GasTable, size: ModelSize, demands: number): number =>
  challengeGas(gas) + demands * demandGas(gas) + size.boundLeaves * (demands > 0 ? demandMore(gas) : 0) + gas.moves.commit + gas.convict(size.products) + collectGas(gas);

/** What a failed challenge costs the operator: its opening and the call that ends the dispute. */
export const defenceGas = (gas: GasTable, size: Pick<ModelSize, "tensors" | "bytes">): number => gas.open(size) + gas.moves.resolve;

const none: Flow = { opg: 0n, gas: 0 };
const flow = (opg: bigint, gas: number): Flow => ({ opg, gas });

/** All scenarios, grouped by who makes them happen. */
export function scenarios(s: Setting): Scenario[] {
  return [...byChallengers(s), ...byOperators(s), ...byRequesters(s), ...byOutsiders(s)];
}

/** Challenges by `count` addresses of a result that is upheld, and `places` demands, one by one. */
export function groundless({ c, gas, size, bond, fee }: Setting, id: string, title: string, count: number, places: number): Scenario {
  const price = demandPrice(c, bond);
  const paid = BigInt(count) * challengePrice(c, bond) + BigInt(places) * price.fee;
  const deposits = BigInt(places) * price.deposit;
  const verdict = c.openPeriod + c.provePeriod;
  return {
    id,
    title,
    actor: "outsider",
    flows: {
      outsider: flow(-paid - deposits, count * challengeGas(gas) + places * demandGas(gas)),
      operator: flow(paid, defenceGas(gas, size) + places * revealGas(gas)),
    },
    burned: deposits,
    tied: [{ party: "operator", opg: bond + fee, seconds: verdict }],
    delay: verdict,
  };
}

function byChallengers(setting: Setting): Scenario[] {
  const { c, gas, size, bond } = setting;
  const verdict = c.openPeriod + c.provePeriod;
  const most = fillings(c) * Number(c.maxOpenDemands);
  const { compensation, reward, burned } = slash(c, bond);
  const convicted: Partial<Record<Party, Flow>> = {
    operator: flow(-bond, gas.submit + gas.open(size)),
    challenger: flow(reward, prosecutionGas(gas, size, 0)),
    requester: flow(compensation, gas.request),
  };
  return [
    groundless(setting, "groundless", "challenges an honest result", 1, 0),
    groundless(setting, "sybils", "challenges it from 50 addresses", 50, 0),
    groundless(setting, "spam", `challenges it and demands all ${most} places that it can, one by one`, 1, most),
    {
      id: "thief",
      title: "copies a conviction from the mempool and comes first",
      actor: "outsider",
      flows: { ...convicted, outsider: flow(0n, gas.convict(size.products)) },
      burned,
      tied: [],
      delay: verdict,
    },
    {
      id: "second",
      title: "is the second honest challenger, and commits after the conviction",
      actor: "challenger",
      flows: { challenger: flow(0n, challengeGas(gas) + gas.moves.commit + gas.convict(size.products) + gas.moves.reclaim + gas.moves.withdraw) },
      burned: 0n,
      tied: [],
      delay: 0n,
    },
    {
      // Beside another one, who has the other half.
      id: "second-committed",
      title: "is the second honest challenger, and committed before the conviction",
      actor: "challenger",
      flows: {
        operator: convicted.operator!,
        challenger: flow(halves(reward).later, prosecutionGas(gas, size, 0)),
        outsider: flow(halves(reward).earlier, prosecutionGas(gas, size, 0)),
        requester: convicted.requester!,
      },
      burned,
      tied: [],
      delay: verdict,
    },
  ];
}

function byOperators({ c, gas, size, bond, fee }: Setting): Scenario[] {
  const verdict = c.openPeriod + c.provePeriod;
  const { compensation, reward, burned } = slash(c, bond);
  const { moves } = gas;
  const price = demandPrice(c, bond);
  const deep = roundsIn(size);
  const convicted = (id: string, title: string, demands: number, delay: bigint, operatorGas: number, challengerGas: number): Scenario => ({
    id,
    title,
    actor: "operator",
    flows: {
      operator: flow(-bond, gas.submit + operatorGas),
      challenger: flow(reward, challengerGas),
      requester: flow(compensation, gas.request),
    },
    burned,
    tied: [
      { party: "requester", opg: fee, seconds: delay },
      { party: "challenger", opg: challengePrice(c, bond) + BigInt(demands) * (price.fee + price.deposit), seconds: delay },
    ],
    delay,
  });
  /** Lies and serves its trace; `saved` of the reward comes back through a puppet that convicts. */
  const puppet = (id: string, title: string, saved: bigint, challengerGas: number): Scenario => {
    const plain = convicted(id, title, 0, verdict, gas.open(size) + moves.commit + gas.convict(size.products) + collectGas(gas), challengerGas);
    const operator = flow(plain.flows.operator!.opg + saved, plain.flows.operator!.gas);
    return { ...plain, flows: { ...plain.flows, operator, challenger: flow(reward - saved, challengerGas) } };
  };
  const leaves = BigInt(size.boundLeaves);
  const deposits = leaves * price.deposit;
  const blockade = BigInt(fillings(c)) * c.maxOpenDemands;
  return [
    convicted("lie", "lies and serves its trace, and does nothing about the reward", 0, verdict, gas.open(size), prosecutionGas(gas, size, 0)),
    puppet("lie-committed", "lies and serves its trace, and had a puppet commit before the challenger", halves(reward).earlier, prosecutionGas(gas, size, 0)),
    puppet("lie-convicted", "lies, and convicts itself before anybody committed", reward, challengeGas(gas) + moves.reclaim + moves.withdraw),
    convicted(
      "stall",
      "lies, serves nothing, opens and reveals at the last second",
      deep + size.boundLeaves,
      verdict,
      gas.open(size) + deep * revealGas(gas),
      prosecutionGas(gas, size, deep),
    ),
    convicted("silent", "never opens", 0, c.openPeriod, 0, challengeGas(gas) + moves.timeout + collectGas(gas)),
    convicted(
      "mute",
      "opens and leaves a demand unanswered",
      1,
      c.openPeriod + c.provePeriod,
      gas.open(size),
      challengeGas(gas) + demandGas(gas) + moves.silence + collectGas(gas),
    ),
    {
      id: "own-silence",
      title: "never opens, and was the first to challenge itself",
      actor: "operator",
      flows: {
        operator: flow(reward - bond, gas.submit + challengeGas(gas) + moves.timeout + collectGas(gas)),
        challenger: flow(0n, challengeGas(gas) + moves.reclaim + moves.withdraw),
        requester: flow(compensation, gas.request),
      },
      burned,
      tied: [{ party: "requester", opg: fee, seconds: c.openPeriod }],
      delay: c.openPeriod,
    },
    {
      id: "self-slash",
      title: "is its own requester and challenger, and convicts itself",
      actor: "operator",
      flows: { operator: flow(-burned, gas.request + gas.submit + gas.open(size) + prosecutionGas(gas, size, 0)) },
      burned,
      tied: [],
      delay: 0n,
    },
    {
      id: "self-challenge",
      title: "challenges its own honest result, to delay it",
      actor: "operator",
      flows: { operator: flow(0n, challengeGas(gas) + defenceGas(gas, size)) },
      burned: 0n,
      tied: [],
      delay: verdict,
    },
    {
      id: "blockade",
      title: `lies and keeps all places for demands taken (${fillings(c)} × ${c.maxOpenDemands}), which succeeds`,
      actor: "operator",
      flows: {
        operator: flow(challengePrice(c, bond) - blockade * price.deposit, defenceGas(gas, size) + Number(blockade) * (demandMore(gas) + revealMore(gas))),
        challenger: flow(-challengePrice(c, bond), challengeGas(gas)),
      },
      burned: blockade * price.deposit,
      tied: [],
      delay: verdict,
    },
    {
      id: "bait",
      title: `differs within every bound, serves nothing, and answers all demands (${size.boundLeaves} leaves under a bound)`,
      actor: "operator",
      flows: {
        operator: flow(challengePrice(c, bond) + leaves * price.fee, defenceGas(gas, size) + size.boundLeaves * revealMore(gas)),
        challenger: flow(-challengePrice(c, bond) - leaves * price.fee - deposits, challengeGas(gas) + size.boundLeaves * demandMore(gas)),
      },
      burned: deposits,
      tied: [],
      delay: verdict,
    },
    {
      id: "reserve",
      title: "accepts a job and stays away",
      actor: "operator",
      flows: { operator: flow(0n, moves.accept), requester: flow(0n, gas.request + moves.cancel) },
      burned: 0n,
      tied: [{ party: "requester", opg: fee, seconds: c.acceptPeriod }],
      delay: c.acceptPeriod,
    },
  ];
}

function byRequesters({ c, gas, size, bond, fee }: Setting): Scenario[] {
  return [
    {
      id: "cancel",
      title: "cancels just before the submission",
      actor: "requester",
      flows: { requester: flow(0n, gas.request + gas.moves.cancel), operator: flow(0n, gas.submit) },
      burned: 0n,
      tied: [],
      delay: 0n,
    },
    {
      id: "callback",
      title: "asks for a callback that burns all its gas",
      actor: "requester",
      flows: { requester: flow(0n, gas.request), operator: flow(0n, Number(c.maxCallbackGas)) },
      burned: 0n,
      tied: [],
      delay: 0n,
    },
    {
      id: "largest",
      title: "sends the longest input that fits, and challenges the honest result",
      actor: "requester",
      flows: {
        requester: flow(-challengePrice(c, bond), gas.moves.requestLarge + challengeGas(gas)),
        operator: flow(challengePrice(c, bond), defenceGas(gas, { tensors: size.tensors, bytes: Number(c.maxInputBytes + c.maxOutputBytes) })),
      },
      burned: 0n,
      tied: [{ party: "operator", opg: bond + fee, seconds: c.openPeriod + c.provePeriod }],
      delay: c.openPeriod + c.provePeriod,
    },
  ];
}

function byOutsiders({ gas }: Setting): Scenario[] {
  return [
    {
      id: "burn",
      title: "calls `burn`, `resolve`, `finalize`, `collect` or `timeout` for others",
      actor: "outsider",
      flows: { outsider: flow(0n, Math.max(gas.moves.burn, gas.moves.resolve, gas.moves.timeout, gas.finalize, gas.moves.collect)) },
      burned: 0n,
      tied: [],
      delay: 0n,
    },
  ];
}

/** What a party is left with; gas at `price` OPG wei each. */
export const net = (scenario: Scenario, party: Party, price: bigint): bigint => {
  const { opg, gas } = scenario.flows[party] ?? none;
  return opg - BigInt(gas) * price;
};

/** Parties other than the actor. */
export const others = ({ actor, flows }: Scenario): Party[] => (Object.keys(flows) as Party[]).filter((party) => party !== actor);

/** Cost of capital that a scenario ties up, at a yearly rate. */
export const capitalCost = ({ tied }: Scenario, rateBps: bigint): bigint =>
  tied.reduce((sum, { opg, seconds }) => sum + (opg * rateBps * seconds) / (BPS * 365n * 86_400n), 0n);
