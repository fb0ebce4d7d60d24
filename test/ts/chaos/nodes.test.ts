import { expect } from "chai";
import { hexlify } from "ethers";
import { readDigits } from "../../../models/digits.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { outputId } from "../../../core/program/program.ts";
import type { EventName } from "../../../core/events.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { startHardhat } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { by, openStage, opg, TERMS, until, type Stage } from "../../../scripts/devnet/stage.ts";
import { FAULTS, startFaultyNode, type FaultyNode } from "../../support/faultyNode.ts";
import { minedSince } from "../../support/transactions.ts";

/**
 * Jobs and disputes over a node that fails, and over replicas that are behind: they end as on a perfect node.
 * OPG_TEST_PROFILE=deep plays 1,000 jobs and 50 disputes at each rate (OPG_JOBS, OPG_RATES and OPG_SEED set others).
 */
const deep = process.env.OPG_TEST_PROFILE === "deep";
const JOBS = Number(process.env.OPG_JOBS ?? (deep ? 1_000 : 4));
const DISPUTES = Math.max(1, Math.floor(JOBS / 20));
const RATES = (process.env.OPG_RATES ?? (deep ? "0.01,0.1,0.3" : "0.2")).split(",").map(Number);
const SEED = Number(process.env.OPG_SEED ?? 1);
const LAG = 8;
/** Seconds of the chain's clock in which a lie may be challenged. */
const WINDOW = 3_600;

for (const rate of RATES) {
  describe(`${JOBS} jobs and ${DISPUTES} disputes, ${100 * rate} % of the calls fail and as many are answered up to ${LAG} blocks behind (seed ${SEED})`, function () {
    this.timeout(3_600_000);
    let stage: Stage;
    const nodes: FaultyNode[] = [];
    let ticking: Promise<void> | undefined;
    let ended = false;

    before(async () => {
      stage = await openStage(await startHardhat());
    });
    after(async () => {
      ended = true;
      await ticking;
      await stage.stop();
      for (const node of nodes) await node.close();
    });

    it("every honest job is final, every lie convicted, nothing is sent twice and no bond is lost", async () => {
      const { contracts, signer, address, mined, published, deployment, wealth } = stage;
      const { token, game, jobs, stakes } = contracts;
      const { version, compiled } = published.cnn;
      const bonds = { operator: 2 * 100 * JOBS, liar: 100 * DISPUTES };
      for (const [party, amount] of Object.entries(bonds) as ["operator" | "liar", number][]) {
        await mined(token.transfer(address(party), opg(amount)));
        await mined(by(stakes, signer[party]).bond(deployment.jobs, opg(amount)));
      }
      await mined(token.transfer(address("requester"), opg(JOBS + DISPUTES)));
      await mined(by(jobs, signer.requester).deposit(address("requester"), opg(JOBS + DISPUTES)));
      const before = await wealth(address("operator"));
      const first = await stage.provider.getBlockNumber();

      // Blocks come although nobody sends anything, so that a replica catches up.
      ticking = (async () => {
        while (!ended) {
          await stage.travel(1).catch(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      })();
      for (let i = 0; i <= LAG; i++) await stage.travel(1);

      const told: { who: string; name: EventName; fields: Record<string, unknown> }[] = [];
      const through = async (party: "operator" | "watcher" | "absent", roles: { operator: boolean; watcher: boolean; keeper: boolean }) => {
        const node = await startFaultyNode(stage.url, { faults: rate, behind: rate, lag: LAG }, SEED + nodes.length);
        nodes.push(node);
        const onEvent = (name: EventName, fields: object) => void told.push({ who: party, name, fields: fields as Record<string, unknown> });
        let failure: unknown;
        const start = () =>
          stage.start(party, roles, { onEvent }, {}, node.url).catch((error: unknown) => {
            failure = error;
            return undefined;
          });
        await until(`start of ${party}`, start, 120).catch((error: unknown) => {
          throw new Error(`${String(error)}: ${String(failure)}`);
        });
      };
      await through("operator", { operator: true, watcher: false, keeper: false });
      await through("watcher", { operator: false, watcher: true, keeper: false });
      await through("absent", { operator: false, watcher: false, keeper: true });
      const last = outputId(compiled.program.nodes.at(-1)!);
      await stage.start("liar", { operator: true, watcher: false, keeper: false }, {
        twin: () => true,
        wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, last, (bytes) => (bytes[0] ^= 1)),
      });
      const digits = readDigits();
      const ids = new Map<bigint, "honest" | "lie">();
      const lieEvery = Math.floor(JOBS / DISPUTES);
      for (let i = 0; i < JOBS + DISPUTES; i++) {
        const lie = i % (lieEvery + 1) === lieEvery;
        const now = (await stage.provider.getBlock("latest"))!.timestamp;
        const terms = { version, operator: address(lie ? "liar" : "operator"), fee: TERMS.fee, bond: TERMS.bond, callbackGas: 0, window: WINDOW, deadline: now + WINDOW };
        const receipt = await mined(by(jobs, signer.requester).request(terms, hexlify(digits[i % digits.length].input)));
        const [{ args }] = receipt.logs.flatMap((log) => jobs.interface.parseLog(log) ?? []);
        ids.set(args.jobId as bigint, lie ? "lie" : "honest");
      }

      const statusOf = async (id: bigint) => (await stage.jobState(id)).status;
      const left = new Set(ids.keys());
      const settle = async (wanted: (id: bigint, status: string) => boolean) => {
        for (const id of left) {
          if (!wanted(id, await statusOf(id))) break;
          left.delete(id);
        }
        return left.size === 0 ? true : undefined;
      };
      const stuck = () => `${[...left].slice(0, 3).map(formatJobId)}\n${told.filter(({ name }) => name !== "chain.block").slice(-15).map((each) => JSON.stringify(each)).join("\n")}`;
      const patience = 600 + 6 * JOBS;
      await until(`an end of every dispute and a result of every job`, () => settle((id, status) => status === (ids.get(id) === "lie" ? "Convicted" : "Submitted")), patience).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${stuck()}`);
      });
      await stage.travel(WINDOW);
      for (const [id, kind] of ids) if (kind === "honest") left.add(id);
      await until(`every honest job final`, () => settle((_, status) => status === "Final"), patience).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${stuck()}`);
      });

      const honest = [...ids.values()].filter((kind) => kind === "honest").length;
      // The share of the publisher goes off the fee, in basis points.
      expect(await wealth(address("operator")), "bond and fees").to.equal(before + (opg(honest) * 9_500n) / 10_000n);
      expect((await stakes.bondOf(address("liar"), deployment.jobs)).bonded).to.equal(opg(1_000 + bonds.liar - 100 * (ids.size - honest)));
      expect(await game.balanceOf(address("operator"))).to.equal(0n);

      const counts = new Map<string, number>();
      const reverted: string[] = [];
      const parties = new Map((["operator", "watcher", "absent"] as const).map((party) => [address(party), party]));
      for (const transaction of await minedSince(stage.provider, first, [...parties.keys()])) {
        const party = parties.get(transaction.from)!;
        const receipt = await stage.provider.getTransactionReceipt(transaction.hash);
        if (receipt!.status !== 1) reverted.push(`${party} ${transaction.data.slice(0, 10)}`);
        // Deposits and approvals of the same amount may be wanted more than once.
        else if (transaction.to?.toLowerCase() === deployment.jobs.toLowerCase()) counts.set(transaction.data, (counts.get(transaction.data) ?? 0) + 1);
      }
      expect([...counts.values()].filter((n) => n > 1), "sent twice").to.deep.equal([]);
      const faults = new Map<string, number>();
      for (const { given } of nodes) for (const [name, n] of given) faults.set(name, (faults.get(name) ?? 0) + n);
      if (deep) for (const { name } of FAULTS) expect(faults.get(name) ?? 0, name).to.be.greaterThan(0);
      if (process.env.OPG_FIGURES !== undefined) {
        const sum = [...faults.values()].reduce((a, b) => a + b, 0);
        const behind = faults.get("a replica that is behind") ?? 0;
        console.log(`${100 * rate} %: ${honest} jobs final, ${ids.size - honest} lies convicted; ${sum - behind} faults given, ${behind} calls answered behind, ${reverted.length} transactions reverted (${[...new Set(reverted)].join(", ")})`);
      }
    });
  });
}
