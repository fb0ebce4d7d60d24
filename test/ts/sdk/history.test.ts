import { expect } from "chai";
import { historyFromChain, type History, type Page, type PageRequest, type Subject } from "../../../sdk/history/index.ts";
import { openHistory, tellStories, type HistoryScene } from "../../support/historyScene.ts";
import { misfits, type OpenApi } from "../../support/openApi.ts";
import { by, mined, OPG } from "../../support/protocol.ts";

/** All items of a list, taken a few at a time. */
async function everyItem<T>(list: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> {
  const items: T[] = [];
  for (let page: PageRequest | undefined = { limit }; page !== undefined; ) {
    const { items: more, next }: Page<T> = await list(page);
    items.push(...more);
    page = next === null ? undefined : { limit, cursor: next };
  }
  return items;
}

/** Everything that a history answers, by the question. */
async function everything(history: History, limit: number): Promise<Map<string, unknown>> {
  const told = new Map<string, unknown>([["overview", await history.overview()]]);
  const tell = async <T>(question: string, list: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> => {
    const items = await everyItem(list, limit);
    told.set(question, items);
    return items;
  };
  const jobs = await tell("jobs", (page) => history.jobs({}, page));
  const models = await tell("models", (page) => history.models(page));
  const versions = await tell("versions", (page) => history.versions({}, page));
  const operators = await tell("operators", (page) => history.operators(page));
  const events = await tell("events", (page) => history.events({}, page));
  for (const state of [undefined, "open", "over"] as const) await tell(`disputes ${state}`, (page) => history.disputes({ state }, page));
  const statuses = new Set(jobs.map(({ status }) => status));
  for (const status of statuses) await tell(`jobs ${status}`, (page) => history.jobs({ status }, page));
  for (const { id } of jobs) told.set(`job ${id}`, await history.job(id));
  for (const { id } of models) {
    told.set(`model ${id}`, await history.model(id));
    await tell(`jobs of model ${id}`, (page) => history.jobs({ model: id }, page));
    await tell(`versions of model ${id}`, (page) => history.versions({ model: id }, page));
  }
  for (const { id } of versions) {
    told.set(`version ${id}`, await history.version(id as `0x${string}`));
    await tell(`jobs of version ${id}`, (page) => history.jobs({ version: id }, page));
  }
  for (const { address } of operators) {
    told.set(`operator ${address}`, await history.operator(address as `0x${string}`));
    await tell(`jobs of operator ${address}`, (page) => history.jobs({ operator: address }, page));
    await tell(`disputes of operator ${address}`, (page) => history.disputes({ operator: address }, page));
  }
  for (const requester of new Set(jobs.map((job) => job.requester))) await tell(`jobs for ${requester}`, (page) => history.jobs({ requester }, page));
  for (const subject of new Set(events.map((event) => event.subject))) await tell(`events of ${subject}`, (page) => history.events({ subject: subject as Subject }, page));
  for (const emitter of ["jobs", "game", "stakes", "models"] as const) await tell(`events of ${emitter}`, (page) => history.events({ emitter }, page));
  for (const { sequence } of events) told.set(`event ${sequence}`, await history.event(sequence));
  return told;
}

describe("the history of a deployment", function () {
  this.timeout(120_000);
  let scene: HistoryScene;
  before(async () => {
    scene = await openHistory();
    await tellStories(scene);
    await scene.sync();
  });
  after(() => scene.close());

  it("is the same from a daemon's index and from the chain, over ethers and viem, whatever is asked", async () => {
    const fromIndex = await everything(scene.overHttp, 3);
    for (const [library, history] of Object.entries(scene.fromChain)) {
      const fromChain = await everything(history, 3);
      expect([...fromChain.keys()], library).to.deep.equal([...fromIndex.keys()]);
      for (const [question, answer] of fromIndex) expect(fromChain.get(question), `${question}, over ${library}`).to.deep.equal(answer);
    }
    const statuses = (await scene.overHttp.jobs()).items.map(({ status }) => status);
    expect(statuses).to.deep.equal(["Challenged", "Requested", "Convicted", "Upheld", "Refunded", "Cancelled", "Final"]);
  });

  it("has the shapes of the OpenAPI document, from either source", async () => {
    const document = (await (await fetch(`${scene.api.url}/v1/openapi.json`)).json()) as OpenApi;
    const shapes = new Map(Object.values(document.paths).map(({ get }) => [get.operationId, get.responses[200].content["application/json"]?.schema]));
    for (const history of [scene.overHttp, ...Object.values(scene.fromChain)]) {
      const [jobs, models, versions, operators, events] = await Promise.all([history.jobs(), history.models(), history.versions(), history.operators(), history.events()]);
      const answers = {
        ...{ getOverview: await history.overview(), listJobs: jobs, listDisputes: await history.disputes(), listModels: models, listVersions: versions, listOperators: operators, listEvents: events },
        ...{ getJob: await history.job(jobs.items[0].id), getModel: await history.model(models.items[0].id), getVersion: await history.version(versions.items[0].id) },
        ...{ getOperator: await history.operator(operators.items[0].address), getEvent: await history.event(events.items[0].sequence) },
      };
      expect(Object.keys(answers).concat("streamEvents").sort()).to.deep.equal([...shapes.keys()].sort());
      for (const [operation, answer] of Object.entries(answers)) expect(misfits(document, shapes.get(operation)!, answer, operation)).to.deep.equal([]);
    }
  });

  it("leaves long fields out of lists, and gives them with the event and the job", async () => {
    for (const [source, history] of Object.entries({ http: scene.overHttp, ...scene.fromChain })) {
      const { id } = (await history.jobs({ status: "Final" })).items[0];
      const { input, output, events } = (await history.job(id))!;
      expect([input, output], source).to.deep.equal([
        { bytes: scene.bytes("x".repeat(2_000)), roots: null, uri: null },
        { bytes: scene.bytes("c".repeat(900)), roots: null, uri: null },
      ]);
      const [requested] = events.items;
      expect([requested.name, requested.omitted, requested.fields.input]).to.deep.equal(["JobRequested", ["input"], undefined]);
      expect((await history.event(requested.sequence))!.fields.input).to.equal(input.bytes);
      const byRoots = (await history.jobs({ status: "Requested" })).items[0];
      expect((await history.job(byRoots.id))!.input).to.deep.equal({ bytes: null, roots: [`0x${"77".repeat(32)}`], uri: "https://input.example" });
    }
  });

  it("says that it does not know what is not there, and refuses what is malformed, from either source", async () => {
    for (const [source, history] of Object.entries({ http: scene.overHttp, ...scene.fromChain })) {
      const nothing = [await history.job("0x99"), await history.model("99"), await history.version(`0x${"9".repeat(64)}`), await history.operator(`0x${"9".repeat(40)}`), await history.event(999_999)];
      expect(nothing, source).to.deep.equal([undefined, undefined, undefined, undefined, undefined]);
      const [job] = (await history.jobs({ operator: scene.operator.address })).items;
      expect(job.operator, "an address with capitals").to.equal(scene.operator.address.toLowerCase());
      const malformed = [
        () => history.job("0x0"),
        () => history.model("one"),
        () => history.operator("0x1"),
        () => history.jobs({}, { limit: 201 }),
        () => history.jobs({}, { cursor: "next" }),
        () => history.jobs({ model: "1", operator: scene.operator.address }),
        () => history.events({ subject: "thing:1" as Subject }),
        () => history.event(-1),
      ];
      for (const ask of malformed) expect(await faultOf(ask()), `${source} ${String(ask)}`).to.include({ name: "OpgError", code: "INVALID_REQUEST" });
    }
  });

  it("tells subscribers what happens, what a reorganisation undid, and what happened in its place", async () => {
    const sources = Object.entries({ http: scene.overHttp, ...scene.fromChain });
    const live = Object.entries({ http: scene.overHttp, ...Object.fromEntries(Object.entries(scene.chains).map(([library, chain]) => [library, historyFromChain({ chain, deployment: scene.at }, { pollMs: 50 })])) });
    const before = await scene.overHttp.overview();
    for (const [, history] of live) await history.overview();
    const faults: unknown[] = [];
    const told = new Map<string, { all: string[]; own: string[] }>(sources.map(([source]) => [source, { all: [], own: [] }]));
    const own = `operator:${scene.challenger.address.toLowerCase()}` as Subject;
    const ends = live.flatMap(([source, history]) => [
      history.subscribe(({ name }) => void told.get(source)!.all.push(name), { onError: (error) => faults.push(error) }),
      history.subscribe(({ name }) => void told.get(source)!.own.push(name), { subject: own }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { jobs, stakes, deployment } = scene.protocol;
    const { provider } = scene.devnet.connection;
    const mark = await provider.request({ method: "evm_snapshot" });
    const later = async (names: readonly string[], ownNames: readonly string[]) => {
      await scene.sync();
      await until(() => [...told.values()].every(({ all, own: some }) => all.length >= names.length && some.length >= ownNames.length));
      for (const [source, { all, own: some }] of told) expect([all, some], source).to.deep.equal([names, ownNames]);
    };
    try {
      await mined(by(stakes, scene.challenger).bond(deployment.jobs, 5n * OPG));
      await mined(by(jobs, scene.requester).deposit(scene.requester.address, OPG));
      await later(["Bonded"], ["Bonded"]);
      await provider.request({ method: "evm_revert", params: [mark] });
      await scene.devnet.pass(5);
      await scene.devnet.pass(5);
      await mined(by(stakes, scene.operator).cancelExit(deployment.jobs));
      await later(["Bonded", "Reorganised", "ExitCancelled"], ["Bonded", "Reorganised"]);
    } finally {
      for (const end of ends) end();
    }
    expect(faults).to.deep.equal([]);

    const after = await scene.overHttp.overview();
    expect({ ...after, block: before.block }).to.deep.equal(before);
    for (const [source, history] of sources) {
      expect(await history.overview(), source).to.deep.equal(after);
      const bond = (await history.operator(scene.challenger.address))!;
      expect([bond.bonded, bond.events.items.map(({ name }) => name)], source).to.deep.equal([String(3n * OPG), ["Bonded"]]);
      expect((await history.operator(scene.operator.address))!.exiting, source).to.equal("0");
    }
  });
});

const faultOf = (doing: Promise<unknown>): Promise<unknown> => doing.then(() => "nothing was refused", (error: unknown) => error);

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === 100) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
