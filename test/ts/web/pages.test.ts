import { readdirSync } from "node:fs";
import { expect } from "chai";
import { explorerScene, SCREENSHOTS, type ExplorerScene, type Visit, type VisitOptions } from "../../support/explorer.ts";

describe("the explorer's pages", function () {
  this.timeout(240_000);
  let scene: ExplorerScene;
  before(async () => {
    scene = await explorerScene();
  });
  after(() => console.log(`      pictures in screenshots/: ${readdirSync(SCREENSHOTS).join(", ")}`));

  async function visiting(options: VisitOptions, act: (visit: Visit) => Promise<void>): Promise<void> {
    const visit = await scene.visit(options);
    await act(visit);
    await visit.close();
  }

  /** Every page that there is, by a name for its pictures. */
  function places(): Record<string, string> {
    const { stories, running } = scene.network;
    const operator = running.accounts.operator.address.toLowerCase();
    const jobs = Object.entries({ ...stories, ...stories.submitted }).flatMap(([name, id]) => (typeof id === "string" ? [[`job-${name}`, `/jobs/${id}`]] : []));
    return {
      overview: "/",
      jobs: "/jobs",
      ...Object.fromEntries(jobs),
      "replay-convicted": `/jobs/${stories.convicted}/replay`,
      models: "/models",
      model: "/models/2",
      version: `/models/2/${running.models["digits-cnn"]}`,
      operators: "/operators",
      operator: `/operators/${operator}`,
      disputes: "/disputes",
      missing: "/nowhere",
    };
  }

  it("can all be seen, read and reached: in light and dark, on a phone, without a fault or a request to anybody else", () =>
    visiting({}, async (visit) => {
      for (const [name, place] of Object.entries(places())) {
        await visit.go(place);
        await visit.look(name);
      }
    }));

  it("say the same of the chain alone, without an index", () =>
    visiting({ withoutIndex: true }, async (visit) => {
      await visit.go("/");
      expect(await visit.page.locator("footer").innerText()).to.include("no index is asked");
      for (const place of Object.values(places())) await visit.go(place);
    }));

});
