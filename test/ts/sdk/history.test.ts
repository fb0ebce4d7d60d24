import { expect } from "chai";
import type { History, Page, PageRequest, Subject } from "../../../sdk/history/index.ts";
import { openHistory, tellStories, type HistoryScene } from "../../support/historyScene.ts";
import { misfits, type OpenApi } from "../../support/openApi.ts";

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
});
