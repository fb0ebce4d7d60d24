import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { startHardhat } from "../../support/devnets.ts";
import type { Outcome } from "../../support/commandLine.ts";
import { opg } from "../../support/commandLine.ts";
import { sharedPostgres } from "../../support/postgres.ts";
import type { TestServer } from "../../support/postgres.ts";
import { openScene, type Scene } from "../../support/scene.ts";

describe("opg run when its store fails", function () {
  this.timeout(180_000);
  let scene: Scene;
  let server: TestServer;
  let url: string;
  before(async () => {
    [scene, server] = await Promise.all([openScene(startHardhat), sharedPostgres()]);
  });
  after(() => scene.close());

  const environment = (extra: Record<string, string>) => ({
    OPG_PRIVATE_KEY: scene.wallets.keeper,
    OPG_RPC_URL: scene.devnet.url,
    OPG_DEPLOYMENT: join(scene.folder, "deployment.json"),
    OPG_DATA_DIR: join(scene.folder, "keeper"),
    OPG_LOG_FORMAT: "json",
    OPG_API_PORT: "0",
    ...extra,
  });
  const run = (extra: Record<string, string>): Promise<Outcome> => opg(["run", "--keeper", "--json"], environment(extra), scene.folder);

  /** Waits until the daemon has read the newest block. */
  async function reads(): Promise<void> {
    await scene.devnet.pass(1);
    const newest = (await scene.devnet.connection.ethers.provider.getBlockNumber()) - 1;
    for (let tries = 0; tries < 200; tries++) {
      const rows = await server.query<{ n: string | null }>(url, "SELECT max(number) AS n FROM blocks").catch(() => []);
      if (Number(rows[0]?.n ?? -1) >= newest) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the daemon reads no more blocks");
  }

  it("goes on through a restart of PostgreSQL, and ends with the name of it when its store is emptied", async () => {
    url = await server.database();
    const outcome = run({ OPG_STORE_URL: url });
    await Promise.race([reads(), outcome]);
    await server.stop("fast");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await server.start();
    await Promise.race([reads(), outcome]);
    await server.query(url, "TRUNCATE identity, blocks, job_events, jobs, results, verdicts, accusations, qualifications, outbox");
    const { code, stderr, json } = await outcome;
    expect(code).to.equal(1);
    expect(json).to.have.nested.property("error.code", "STORE_EMPTIED");
    expect(json!.error).to.have.property("fix").that.matches(/restore it from a backup/);
    expect(stderr).to.match(/store\.unreachable/).and.to.match(/store\.lost/);
  });

  it("does not begin anew in the emptied store when it is started again", async () => {
    const { code, json } = await run({ OPG_STORE_URL: url });
    expect(code).to.equal(2);
    expect(json).to.have.nested.property("error.code", "STORE_EMPTIED");
  });

  it("ends when the files of the embedded store are deleted", async () => {
    const directory = join(scene.folder, "watcher");
    const outcome = run({ OPG_DATA_DIR: directory });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    rmSync(join(directory, "db"), { recursive: true });
    const { code, json } = await outcome;
    expect(code).to.equal(1);
    expect(json).to.have.nested.property("error.code", "STORE_EMPTIED");
  });
});
