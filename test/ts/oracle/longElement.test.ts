import { expect } from "chai";
import { hexlify } from "ethers";
import { outputId } from "../../../core/program/program.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { startHardhat } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";
import { by, openStage, TERMS, until, type Stage } from "../../../scripts/devnet/stage.ts";
import { LONG_NODE, longModel } from "../../support/longElement.ts";

/** Two transactions; the longer one under OPG_TEST_PROFILE=deep. */
const K = process.env.OPG_TEST_PROFILE === "deep" ? 25_088 : 16_500;
const CONVICTED = 10n;

describe(`a dot product of ${K} products`, function () {
  this.timeout(120_000);
  let stage: Stage;
  before(async () => {
    stage = await openStage(await startHardhat());
  });
  after(() => stage.stop());

  it("is convicted by the shipped watcher, in pieces, for one wrong bit", async () => {
    const { file, input } = longModel(K);
    const { compiled, version } = await stage.publishFile("long", file);
    const node = compiled.program.nodes.findIndex(({ name }) => name === LONG_NODE);
    const { contracts, signer, address, mined } = stage;
    const told: { event: string; fields: object }[] = [];
    await stage.start("watcher", { operator: false, watcher: true, keeper: false }, { onEvent: (event, fields) => void told.push({ event, fields }) });
    const lie = (bytes: Uint8Array) => void (bytes[4] ^= 16);
    await stage.start("liar", { operator: true, watcher: false, keeper: false }, {
      twin: () => true,
      wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, outputId(compiled.program.nodes[node]), lie),
    });

    const now = (await stage.provider.getBlock("latest"))!.timestamp;
    const terms = { version, operator: address("liar"), fee: TERMS.fee, bond: TERMS.bond, callbackGas: 0, window: 600, deadline: now + 600 };
    const receipt = await mined(by(contracts.jobs, signer.requester).request(terms, hexlify(input)));
    const [{ args }] = receipt.logs.flatMap((log) => contracts.jobs.interface.parseLog(log) ?? []);
    const id = args.jobId as bigint;
    await until("the conviction", async () => ((await contracts.jobs.statusOf(id)) === CONVICTED ? true : undefined), 60);

    expect(told.find(({ event }) => event === "watch.accused")?.fields).to.include({ node, element: "1" });
    const sent = told.flatMap(({ event, fields }) => (event === "tx.confirmed" ? [fields as { intent: string; kind: string; gas: number }] : []));
    const pieces = sent.filter(({ kind }) => kind === "advance").map(({ intent }) => intent.split(":")[0]);
    expect(pieces).to.deep.equal(pieces.map((_, i) => `advance-${i}`));
    expect(pieces.length).to.be.at.least(1);
    // Before the first piece, and again before the conclusion.
    const proving = sent.map(({ kind }) => kind).filter((kind) => kind === "commit" || kind === "advance");
    expect(proving).to.deep.equal(["commit", ...pieces.map(() => "advance"), "commit"]);
    for (const { kind, gas } of sent) expect(gas, kind).to.be.below(2 ** 24);
    const { challengers, advanced } = (await stage.jobState(id)).dispute!;
    expect(challengers).to.deep.equal([address("watcher").toLowerCase()]);
    expect(Object.keys(advanced)).to.deep.equal([address("watcher").toLowerCase()]);
  });
});
