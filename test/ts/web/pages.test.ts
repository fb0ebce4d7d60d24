import { readdirSync } from "node:fs";
import { expect } from "chai";
import { explorerScene, SCREENSHOTS, type ExplorerScene, type Visit, type VisitOptions } from "../../support/explorer.ts";

/** An operator that never bonded is none that an index knows. */
const UNKNOWN = /\/v1\/operators\/0x[0-9a-f]{40}$/;

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
    visiting({ mayFail: UNKNOWN }, async (visit) => {
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

  it("are found by the ids of things, and by links that somebody was sent", () =>
    visiting({ mayFail: /\/v1\// }, async (visit) => {
      const { page } = visit;
      const { stories, running } = scene.network;
      await page.goto(`${scene.url}#/jobs/${stories.final}`);
      await page.getByRole("heading", { level: 1, name: /^Job/ }).waitFor();
      const operator = running.accounts.operator.address;
      for (const [id, place] of [
        [stories.convicted, `/jobs/${stories.convicted}`],
        [operator, `/operators/${operator.toLowerCase()}`],
        [running.models["digits-cnn"], `/models/2/${running.models["digits-cnn"]}`],
        ["3", "/models/3"],
      ]) {
        await page.getByRole("searchbox").fill(id);
        await page.keyboard.press("Enter");
        await page.waitForURL(`**/#${place}`);
      }
      await page.getByRole("searchbox").fill(`0x${"77".repeat(32)}`);
      await page.keyboard.press("Enter");
      await page.getByText("nothing in this deployment has that id").waitFor();
      await page.goBack();
      await page.waitForURL("**/#/models/2/*");
      await visit.settled();
    }));

  it("keep the theme that somebody chose, and begin with the one that the system prefers", () =>
    visiting({}, async (visit) => {
      await visit.go("/");
      const theme = () => visit.page.evaluate(() => document.documentElement.dataset.theme);
      expect(await theme()).to.equal("light");
      await visit.page.getByRole("button", { name: "change to the dark theme" }).click();
      expect(await theme()).to.equal("dark");
      await visit.page.reload();
      await visit.settled();
      expect(await theme()).to.equal("dark");
    }));

  it("show who signs: nobody at first, then a test account, until it is let go", () =>
    visiting({}, async (visit) => {
      const { spare } = scene.network.running.accounts;
      await visit.go("/");
      await visit.page.getByRole("button", { name: "Connect" }).click();
      await visit.look("wallet");
      await visit.page.keyboard.press("Escape");
      await visit.connect("spare");
      await visit.page.getByRole("banner").locator(".wallet").click();
      expect(await visit.page.getByRole("dialog").innerText()).to.include(spare.address.toLowerCase());
      await visit.page.getByRole("button", { name: "Disconnect" }).click();
      await visit.page.getByRole("button", { name: "Close" }).click();
      await visit.page.getByRole("button", { name: "Connect" }).waitFor();
    }));
});
