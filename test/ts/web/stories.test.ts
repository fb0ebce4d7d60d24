import { expect } from "chai";
import type { Locator, Page } from "playwright-core";
import { awaitStatus, digitOf, requestOf } from "../../../scripts/demo/stories.ts";
import { formatJobId } from "../../../core/jobs/job.ts";
import { explorerScene, type ExplorerScene, type Visit } from "../../support/explorer.ts";
import { challengeInVain } from "../../support/explorerStories.ts";
import { expectNear } from "../../support/near.ts";

/** The status beside a job's name. */
const statusOn = (page: Page): Locator => page.locator(".job-head .badge");
const becomes = (page: Page, words: string): Promise<void> => statusOn(page).and(page.getByText(words, { exact: true })).waitFor();
const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click();

describe("in the explorer", function () {
  this.timeout(240_000);
  let scene: ExplorerScene;
  before(async function () {
    this.timeout(240_000);
    scene = await explorerScene();
  });

  async function visiting(act: (visit: Visit) => Promise<void>): Promise<void> {
    // An operator that never bonded is none that an index knows.
    const visit = await scene.visit({ mayFail: /\/v1\/operators\/0x[0-9a-f]{40}$/ });
    await act(visit);
    await visit.close();
  }

  /** A job that somebody asked for by other ways than the page. */
  async function asked(party: "liar" | "absent"): Promise<string> {
    const { stage } = scene.network;
    return formatJobId(await requestOf(stage, "requester", stage.published.cnn, digitOf(4), stage.address(party)));
  }

  /** A job that the operator has served. */
  async function served(): Promise<bigint> {
    const { stage } = scene.network;
    const job = await requestOf(stage, "requester", stage.published.cnn, digitOf(6), stage.address("operator"));
    await awaitStatus(stage, job, "Submitted");
    return job;
  }

  it("somebody with a keyboard alone goes to a job, opens it, and has it verified: MATCH", () =>
    visiting(async (visit) => {
      const { page } = visit;
      await visit.go("/");
      const job = page.getByRole("link", { name: /000000$/ }).nth(1);
      for (let tabs = 0; !(await job.evaluate((link) => link === document.activeElement)); tabs++) {
        expect(tabs, "tabs to the job").to.be.lessThan(80);
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: /^Job/ }).waitFor();
      await visit.settled();
      expect(await page.evaluate(() => document.activeElement?.id)).to.equal("main");
      const verify = page.getByRole("button", { name: "Verify" });
      for (let tabs = 0; !(await verify.evaluate((button) => button === document.activeElement)); tabs++) {
        expect(tabs, "tabs to the button").to.be.lessThan(80);
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await page.locator(".verdict").getByText("MATCH").waitFor();
    }));

  it("a lie is verified to be one, with the first number that differs", () =>
    visiting(async (visit) => {
      const { page } = visit;
      await visit.go(`/jobs/${scene.network.stories.convicted}`);
      await press(page, "Verify");
      await page.locator(".verdict").getByText("DIFFERENT").waitFor();
      const verdict = await page.locator(".verdict").innerText();
      expect(verdict, verdict).to.match(/scores\[0, \d\]: it should be -?[\d.]+ \(0x[0-9a-f]{8}\), and -?[\d.]+ \(0x[0-9a-f]{8}\) was submitted/);
      await visit.look("verdict-different");
    }));

  it("a dispute is replayed to the number that convicts, whose arithmetic ends at another value than was claimed", () =>
    visiting(async (visit) => {
      const { page } = visit;
      const { lies, stage } = scene.network;
      await visit.go(`/jobs/${scene.network.stories.convicted}/replay`);
      await page.getByRole("button", { name: "Arithmetic" }).click();
      await visit.look("replay-arithmetic");
      await press(page, "To the end");
      const { node } = lies.get(stage.published.cnn.version)!.place;
      const { name } = stage.published.cnn.compiled.program.nodes[node];
      expect(await page.getByRole("region", { name: "The model" }).innerText()).to.include(name);
      const [claimed, right] = await page.locator(".comparison .figure strong").allInnerTexts();
      expectNear(Number(claimed) - Number(right), 60, 0.01, "the lie");
      // The last step's result is what the number should be.
      expect(await page.getByRole("slider", { name: "step of the arithmetic" }).getAttribute("aria-valuetext")).to.match(new RegExp(`so far ${right.replaceAll(".", "\\.")}$`));
      await press(page, "Verdict");
      await page.getByText("The contract did the arithmetic that you have just seen").waitFor();
      await visit.look("replay-verdict");
    }));

  it("a test account asks for a digit on the model's page, sees it served, and final once time has passed", () =>
    visiting(async (visit) => {
      const { page } = visit;
      await visit.go(`/models/2/${scene.network.running.models["digits-cnn"]}`);
      await visit.connect("spare");
      await press(page, "Example");
      await press(page, /^Ask for it/);
      await page.getByText("Submitted", { exact: true }).or(page.getByText("submitted", { exact: true })).first().waitFor();
      await visit.look("model-asked");
      await page.getByRole("link", { name: "The job's page" }).click();
      await becomes(page, "submitted");
      await press(page, "until it is due");
      await becomes(page, "final");
    }));

  it("a lie is convicted before one's eyes, without a reload", () =>
    visiting(async (visit) => {
      const { page } = visit;
      await visit.go("/jobs");
      await page.evaluate(() => Object.assign(window, { isSame: true }));
      const job = await asked("liar");
      await page.getByRole("link", { name: job.slice(-6) }).first().click();
      await becomes(page, "convicted");
      await page.getByText("One wrong number was proved").waitFor();
      expect(await page.evaluate(() => "isSame" in window)).to.equal(true);
    }));

  it("whoever comes by has the fee of a job refunded that nobody served", () =>
    visiting(async (visit) => {
      const { page } = visit;
      await visit.go(`/jobs/${await asked("absent")}`);
      await visit.connect("spare");
      await becomes(page, "requested");
      await press(page, "until it is due");
      await press(page, "Refund");
      await becomes(page, "refunded");
    }));

  it("a callback is retried that failed", () =>
    visiting(async (visit) => {
      const { page } = visit;
      const { stories } = scene.network;
      await stories.heal();
      await visit.go(`/jobs/${stories.undelivered}`);
      await becomes(page, "final, undelivered");
      await visit.connect("spare");
      await press(page, "Retry the callback");
      await becomes(page, "final");
    }));

  it("whoever comes by makes a result final, and ends a dispute in which nothing wrong was found", async () => {
    const { stage } = scene.network;
    const [accepted, disputed] = [await served(), await served()];
    await challengeInVain(stage, disputed);
    await visiting(async (visit) => {
      const { page } = visit;
      await visit.go(`/jobs/${formatJobId(disputed)}`);
      await page.getByText("Trace opened", { exact: true }).waitFor();
      // Else it would be quicker: the operator settles what is its own.
      await stage.daemons.find(({ address }) => address === stage.address("operator").toLowerCase())!.stop();
      await visit.connect("spare");
      await press(page, "until it is due");
      await press(page, "Resolve");
      await becomes(page, "upheld");
      await visit.go(`/jobs/${formatJobId(accepted)}`);
      await press(page, "Finalize");
      await becomes(page, "final");
    });
  });
});
