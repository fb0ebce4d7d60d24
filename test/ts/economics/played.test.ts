import { expect } from "chai";
import { AbiCoder, hexlify, keccak256, toUtf8Bytes, type Signer } from "ethers";
import { network } from "hardhat";
import { assess, DEFAULTS } from "../../../checks/economics/economics.ts";
import { readConstants } from "../../../checks/economics/constants.ts";
import { groundless, scenarios, type Party, type Scenario, type Setting } from "../../../checks/economics/scenarios.ts";
import { by, deployForTests, follow, mined, publish, ZERO, type Job } from "../../support/protocol.ts";

const coder = AbiCoder.defaultAbiCoder();
const bytes = (text: string): string => hexlify(toUtf8Bytes(text));
const [TRUE, FALSE] = ["abcde", "abde"];
const PROOF = coder.encode(["uint256", "bytes"], [2, bytes(FALSE)]);

/** Every move of a scenario, on the toy verifier: its job runs from "a" to "e". */
async function stage(setting: Setting) {
  const connection = await network.create();
  const protocol = await deployForTests(connection);
  const { opg, jobs, stakes, game, signers, parameters } = protocol;
  const [, operator, challenger, requester, outsider, puppet, second, third] = signers;
  const { version } = await publish(protocol, { shareBps: 0n });
  for (const who of [operator, puppet]) await by(stakes, who).bond(jobs, 5n * setting.bond);
  for (const who of [requester, operator]) await by(jobs, who).deposit(who, 10n * setting.fee);
  for (const who of [challenger, outsider, puppet, second, third]) await by(game, who).deposit(who, 10_000n * 10n ** 18n);

  const people: Record<Party, Signer[]> = { operator: [operator, puppet], challenger: [challenger], requester: [requester], outsider: [outsider, second, third], publisher: [] };
  const owns = async (who: Signer): Promise<bigint> => {
    const parts = await Promise.all([opg.balanceOf(who), jobs.balanceOf(who), game.balanceOf(who), stakes.creditOf(who), stakes.bondOf(who, jobs)]);
    return (parts.slice(0, 4) as bigint[]).reduce((a, b) => a + b, (parts[4] as { bonded: bigint }).bonded);
  };
  const holdings = async (): Promise<Record<Party, bigint>> => {
    const sums = Object.entries(people).map(async ([party, all]) => [party, (await Promise.all(all.map(owns))).reduce((a, b) => a + b, 0n)] as const);
    return Object.fromEntries(await Promise.all(sums)) as Record<Party, bigint>;
  };

  let job: Job | undefined;
  const it = (): Job => job!;
  const moves = {
    async submitted(asks: Signer, answers: Signer) {
      const deadline = (await connection.networkHelpers.time.latest()) + 600;
      const terms = { version, operator: answers, fee: setting.fee, bond: setting.bond, callbackGas: 0, window: 600, deadline };
      job = follow(protocol, await mined(by(jobs, asks).request(terms, bytes("a"))));
      job = follow(protocol, await mined(by(jobs, answers).submit(job, bytes("e"))), job);
    },
    challenge: (who: Signer) => mined(by(game, who).challenge(it())),
    open: (trace: string) => mined(by(game, operator).open(it(), bytes(trace), "")),
    commit: async (who: Signer) => mined(by(game, who).commit(await game.commitmentOf(it().id, who, keccak256(PROOF), ZERO))),
    prove: (who: Signer) => mined(by(game, who).convict(it(), PROOF, ZERO)),
    async convict(who: Signer) {
      await this.commit(who);
      await this.prove(who);
    },
    demand: (who: Signer, places: number[]) => mined(by(game, who).demand(it(), coder.encode(["uint256[]"], [places]))),
    reveal: (trace: string, places: number[]) => mined(by(game, operator).reveal(it().id, coder.encode(["uint256[]", "bytes"], [places, bytes(trace)]))),
    later: (seconds: bigint) => connection.networkHelpers.time.increase(seconds),
    async paid(...who: Signer[]) {
      await this.later(parameters.rewardPeriod);
      await mined(game.collect(it()));
      for (const one of who) await mined(by(game, one).reclaim(it()));
    },
    async upheld() {
      await this.later(600n + parameters.openPeriod + parameters.provePeriod);
      await mined(game.resolve(it()));
      await mined(jobs.finalize(it(), bytes("e")));
    },
  };
  return { connection, protocol, moves, holdings, job: it, parties: { operator, challenger, requester, outsider, puppet, second, third } };
}

describe("scenarios of docs/economics.md, played on the contracts", () => {
  type Stage = Awaited<ReturnType<typeof stage>>;
  let setting: Setting;
  before(async () => {
    const assessed = assess("local", await readConstants("local"), { ...DEFAULTS, bond: 1_234n * 10n ** 18n + 567n });
    setting = { ...assessed.setting, size: { ...assessed.setting.size, boundLeaves: 2 } };
  });
  const named = (id: string): Scenario => scenarios(setting).find((s) => s.id === id)!;

  /** The fee of a job that is final moves from requester to operator beside the dispute. */
  const same = async (of: () => Scenario, final: boolean, play: (stage: Stage) => Promise<unknown>) => {
    const scenario = of();
    const set = await stage(setting);
    const before = await set.holdings();
    const { protocol, connection } = set;
    const dead = async (): Promise<bigint> => ((await protocol.stakes.burnable()) as bigint) + ((await protocol.game.balanceOf(await protocol.game.DEAD())) as bigint);
    const burned = await dead();
    await play(set);
    const after = await set.holdings();
    const fee: Partial<Record<Party, bigint>> = final ? { requester: -setting.fee, operator: setting.fee } : {};
    for (const party of ["operator", "challenger", "requester", "outsider"] as const) {
      expect(after[party] - before[party], party).to.equal((scenario.flows[party]?.opg ?? 0n) + (fee[party] ?? 0n));
    }
    expect((await dead()) - burned).to.equal(scenario.burned);
    await connection.close();
  };

  it("three groundless challenges and two demands", () =>
    same(() => groundless(setting, "spam", "", 3, 2), true, async ({ moves, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      for (const who of [p.outsider, p.second, p.third]) await moves.challenge(who);
      await moves.open(TRUE);
      for (const place of [0, 3]) await moves.demand(p.outsider, [place]);
      await moves.reveal(TRUE, [0, 3]);
      await moves.upheld();
    }));

  it("a bait", () =>
    same(() => named("bait"), true, async ({ moves, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      await moves.challenge(p.challenger);
      await moves.open(TRUE);
      await moves.demand(p.challenger, [1, 2]);
      await moves.reveal(TRUE, [1, 2]);
      await moves.upheld();
    }));

  it("a lie, and one of which parts were withheld at first", async () => {
    for (const id of ["lie", "stall"]) {
      await same(() => named(id), false, async ({ moves, parties: p }) => {
        await moves.submitted(p.requester, p.operator);
        await moves.challenge(p.challenger);
        await moves.open(FALSE);
        if (id === "stall") {
          await moves.demand(p.challenger, [0, 1, 2]);
          await moves.reveal(FALSE, [0, 1, 2]);
        }
        await moves.convict(p.challenger);
        await moves.paid(p.challenger);
      });
    }
  });

  it("a lie whose puppet committed before the challenger, whoever convicts first", async () => {
    for (const puppetFirst of [true, false]) {
      await same(() => named("lie-committed"), false, async ({ moves, parties: p }) => {
        await moves.submitted(p.requester, p.operator);
        await moves.challenge(p.challenger);
        await moves.open(FALSE);
        for (const who of [p.puppet, p.challenger]) await moves.commit(who);
        for (const who of puppetFirst ? [p.puppet, p.challenger] : [p.challenger, p.puppet]) await moves.prove(who);
        await moves.paid(p.challenger);
      });
    }
  });

  it("a lie that convicts itself before anybody committed", () =>
    same(() => named("lie-convicted"), false, async ({ moves, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      await moves.challenge(p.challenger);
      await moves.open(FALSE);
      await moves.prove(p.puppet);
      expect(await moves.convict(p.challenger).then(() => "convicts", () => "reverts")).to.equal("reverts");
      await moves.paid(p.challenger);
    }));

  it("two honest challengers that committed, in either order", async () => {
    for (const turn of [0, 1]) {
      await same(() => named("second-committed"), false, async ({ moves, parties: p }) => {
        await moves.submitted(p.requester, p.operator);
        for (const who of [p.challenger, p.outsider]) await moves.challenge(who);
        await moves.open(FALSE);
        for (const who of [p.outsider, p.challenger]) await moves.commit(who);
        for (const who of turn === 0 ? [p.challenger, p.outsider] : [p.outsider, p.challenger]) await moves.prove(who);
        await moves.paid(p.challenger, p.outsider);
      });
    }
  });

  it("silence before and after the opening", async () => {
    await same(() => named("silent"), false, async ({ moves, protocol: { game }, job, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      await moves.challenge(p.challenger);
      await moves.later(setting.c.openPeriod + 1n);
      await mined(game.timeout(job()));
      await moves.paid(p.challenger);
    });
    await same(() => named("mute"), false, async ({ moves, protocol: { game }, job, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      await moves.challenge(p.challenger);
      await moves.open(FALSE);
      await moves.demand(p.challenger, [1]);
      await moves.later(setting.c.revealPeriod + 1n);
      await mined(game.silence(job(), `0x${"1".padStart(64, "0")}`));
      await moves.paid(p.challenger);
    });
    await same(() => named("own-silence"), false, async ({ moves, protocol: { game }, job, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      await moves.challenge(p.puppet);
      await moves.challenge(p.challenger);
      await moves.later(setting.c.openPeriod + 1n);
      await mined(game.timeout(job()));
      await moves.paid(p.puppet, p.challenger);
    });
  });

  it("slashing and challenging oneself", async () => {
    await same(() => named("self-slash"), false, async ({ moves, parties: p }) => {
      await moves.submitted(p.operator, p.operator);
      await moves.challenge(p.puppet);
      await moves.open(FALSE);
      await moves.convict(p.puppet);
      await moves.paid(p.puppet);
    });
    await same(() => named("self-challenge"), true, async ({ moves, parties: p }) => {
      await moves.submitted(p.requester, p.operator);
      await moves.challenge(p.puppet);
      await moves.open(TRUE);
      await moves.upheld();
    });
  });

  it("a second challenger that comes too late", () =>
    same(
      // Beside the first one's conviction.
      () => ({ ...named("lie"), flows: { ...named("lie").flows, outsider: named("second").flows.challenger } }),
      false,
      async ({ moves, parties: p }) => {
        await moves.submitted(p.requester, p.operator);
        await moves.challenge(p.challenger);
        await moves.challenge(p.outsider);
        await moves.open(FALSE);
        await moves.convict(p.challenger);
        expect(await moves.convict(p.outsider).then(() => "convicts", () => "reverts")).to.equal("reverts");
        await moves.paid(p.challenger, p.outsider);
      },
    ));
});
