/** A deployment with a history of every kind of job, the index of it that a daemon would serve, and whatever tells of it. */
import { createPublicClient, http } from "viem";
import { createIndexFollower } from "../../oracle/chain/indexFollower.ts";
import { Rpc } from "../../oracle/chain/rpc.ts";
import { startApi } from "../../oracle/api/server.ts";
import type { Deployment } from "../../oracle/ports.ts";
import { historyFromChain, historyOverHttp, type History } from "../../sdk/history/index.ts";
import { ethersChain, type Hex } from "../../sdk/index.ts";
import { viemChain } from "../../sdk/viem.ts";
import { openAlphabet, WINDOW, type AlphabetScene } from "./alphabetScene.ts";
import { by, mined, OPG, publish } from "./protocol.ts";
import { emptyStore } from "./stores.ts";

const SOURCES = { tensor: async () => undefined, output: async () => undefined, model: async () => undefined, metrics: async () => "", health: async () => ({ ok: true }) };

export type HistoryScene = Awaited<ReturnType<typeof openHistory>>;

/** @param range blocks whose logs are asked for at once */
export async function openHistory(range = 7) {
  const scene = await openAlphabet();
  const store = await emptyStore();
  const { deployment } = scene.protocol;
  const follower = createIndexFollower(new Rpc({ urls: [scene.devnet.url] }), ofDaemon(deployment), store.chainIndex, { confirmations: 0, range }, new AbortController().signal);
  const api = await startApi(SOURCES, { host: "127.0.0.1", port: 0, index: { of: store.chainIndex, requestsPerMinute: 0 } });
  const options = { logRange: range, pollMs: 0 };
  const at = { ...deployment, ...lowerCase(deployment) };
  const overHttp = historyOverHttp(api.url);
  const chains = { ethers: ethersChain(scene.provider), viem: viemChain({ public: createPublicClient({ transport: http(scene.devnet.url), cacheTime: 0 }) }) };
  return {
    ...scene,
    ...{ store, api, at, chains, overHttp },
    /** The sources, by their names; that over HTTP is brought up to date by `sync`. */
    fromChain: { ethers: historyFromChain({ chain: chains.ethers, deployment: at }, options), viem: historyFromChain({ chain: chains.viem, deployment: at }, options) } as Readonly<Record<string, History>>,
    sync: () => follower.poll(),
    async close(): Promise<void> {
      await api.close();
      await store.close();
      await scene.close();
    },
  };
}

type Deployed = AlphabetScene["protocol"]["deployment"];
const lowerCase = ({ opg, verifier, models, stakes, game, jobs, lens }: Deployed) =>
  Object.fromEntries(Object.entries({ opg, verifier, models, stakes, game, jobs, lens }).map(([name, address]) => [name, address.toLowerCase()])) as Record<"opg" | "verifier" | "models" | "stakes" | "game" | "jobs" | "lens", Hex>;
const ofDaemon = (deployment: Deployed): Deployment => ({ ...deployment, ...lowerCase(deployment), startBlock: deployment.block }) as unknown as Deployment;

/** Jobs that end in every way there is, a model that is sold, a version that is replaced, and a bond that leaves in part. */
export async function tellStories(scene: HistoryScene): Promise<void> {
  const { protocol, devnet, requester, operator, publisher, challenger, version } = scene;
  const { jobs, stakes, models, game, deployment } = protocol;
  const late = async () => devnet.pass(Number(await game.maxDuration()) + 2 * WINDOW);

  const served = await scene.submit(await scene.accept(await scene.request("x".repeat(2_000))), "c".repeat(900));
  await devnet.pass(WINDOW);
  await scene.call(jobs, "finalize", served, scene.bytes("c".repeat(900)));
  await mined(by(jobs, requester).cancel(scene.words(await scene.request())));
  const unserved = await scene.request("b");
  await devnet.pass(200);
  await scene.call(jobs, "refund", unserved);

  const upheld = await scene.submit(await scene.request());
  await scene.challenge(upheld);
  await scene.open(upheld);
  await scene.demand(upheld, 1);
  await scene.reveal(upheld, 1, "abc");
  await late();
  await scene.call(game, "resolve", upheld);

  const convicted = await scene.submit(await scene.request());
  await scene.challenge(convicted);
  await devnet.pass(Number(await game.openPeriod()) + 1);
  await scene.call(game, "timeout", convicted);

  const details = { ...(await publish(protocol)).details, modelId: 1n };
  await mined(by(models, publisher).publish(details));
  await mined(by(jobs, requester).requestByRoots({ ...(await scene.terms()), version: await models.versionId(details) }, [`0x${"77".repeat(32)}`], "https://input.example"));
  await mined(by(stakes, operator).requestExit(deployment.jobs, 100n * OPG));
  await mined(by(stakes, challenger).bond(deployment.jobs, 3n * OPG));
  await scene.challenge(await scene.submit(await scene.request()));
  await mined(by(models, publisher).deprecate(version, await models.versionId(details)));
  await mined(by(models, publisher).transferFrom(publisher.address, challenger.address, 1));
}
