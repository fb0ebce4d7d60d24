import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import type { Page } from "playwright-core";
import { digitOf, requestOf } from "../../../scripts/demo/stories.ts";
import { explorerScene, type ExplorerScene, type Visit } from "../../support/explorer.ts";

/** Whatever the page asks the index, and what React says of what cannot be shown. */
const ANYTHING = /\/v1\/|\/assets\/|explorer\.json$|nowhere$/;

type Answer = Record<string, unknown>;

/** The things in an answer: items of a list, or the one that it is. */
const thingsIn = (answer: Answer): Answer[] => (Array.isArray(answer.items) ? (answer.items as Answer[]) : [answer]);

/** Has an index lie: every thing that it answers at these addresses is changed. */
const lying = (page: Page, at: RegExp, change: (thing: Answer) => void): Promise<unknown> =>
  page.route(at, async (route) => {
    const answer = (await (await route.fetch()).json()) as Answer;
    thingsIn(answer).forEach(change);
    await route.fulfill({ json: answer });
  });

const configured = (page: Page, change: (config: Answer) => unknown): Promise<unknown> =>
  page.route("**/explorer.json", async (route) => {
    const changed = change((await (await route.fetch()).json()) as Answer);
    await (typeof changed === "string" ? route.fulfill({ body: changed }) : route.fulfill({ json: changed }));
  });

/** A transaction of the chain without logs of anybody. */
async function strangersTransaction(rpcUrl: string): Promise<string> {
  const provider = new JsonRpcProvider(rpcUrl);
  try {
    for (let block = 1; ; block++) {
      for (const hash of (await provider.getBlock(block))!.transactions) if ((await provider.getTransactionReceipt(hash))!.logs.length === 0) return hash;
    }
  } finally {
    provider.destroy();
  }
}

const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** On the page: nothing is kept or copied, and the network is said to be gone. */
const FORBIDDING = `
  Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } });
  Object.defineProperty(navigator, "clipboard", { value: undefined });
  Object.defineProperty(navigator, "onLine", { value: false });`;

/** On the page: two wallets of one name, of which one has an icon elsewhere, and something that is none. */
const twins = (rpcUrl: string, accounts: readonly string[]): string => `
  const accounts = ${JSON.stringify(accounts)};
  const listeners = {};
  let chosen = 0;
  let isMoved = false;
  const provider = {
    on: (event, listener) => void (listeners[event] = listener),
    removeListener: (event) => void delete listeners[event],
    async request(asked) {
      if (asked.method.endsWith("ccounts")) return [accounts[chosen]];
      if (asked.method === "eth_chainId" && isMoved) return "0x1";
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, ...asked });
      const response = await fetch(${JSON.stringify(rpcUrl)}, { method: "POST", headers: { "content-type": "application/json" }, body });
      return (await response.json()).result;
    },
  };
  addEventListener("test:account", ({ detail }) => listeners.accountsChanged?.([accounts[(chosen = detail)]]));
  addEventListener("test:chain", () => listeners.chainChanged?.(((isMoved = true), "0x1")));
  addEventListener("eip6963:requestProvider", () => {
    for (const [uuid, icon] of [["1", "data:image/gif;base64,R0lGODlhAQABAAAAACw="], ["2", "https://elsewhere.example/icon.png"]]) {
      dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info: { uuid, name: "Twin", icon }, provider } }));
    }
    dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info: { name: 7 } } }));
    dispatchEvent(new Event("eip6963:announceProvider"));
  });`;

describe("the explorer among hostile data", function () {
  this.timeout(240_000);
  let scene: ExplorerScene;
  before(async () => {
    scene = await explorerScene();
  });

  async function visiting(act: (visit: Visit, page: Page) => Promise<void>): Promise<void> {
    const visit = await scene.visit({ mayFail: ANYTHING });
    await act(visit, visit.page);
    await visit.close();
  }

  const cardOf = (text: string): string => `data:application/json;base64,${Buffer.from(text).toString("base64")}`;

  for (const [name, card] of [
    ["that cannot be made text", '{"title":"T","x":[[{"toString":1}]]}'],
    ["nested without end", `{"title":"T","x":[${"[".repeat(30_000)}${"]".repeat(30_000)}]}`],
    ["full of HTML and of endless words", JSON.stringify({ title: "<img src=x onerror=alert(1)>".repeat(50), description: `<script>alert(1)</script>${"W".repeat(5_000)}`, licence: "javascript:alert(1)", labels: { scores: Array(10).fill("L".repeat(4_000)) } })],
    ["of wrong types", '{"title":{},"description":[],"inputs":{},"labels":7}'],
  ]) {
    it(`shows a card ${name} as text, and the page around it`, () =>
      visiting(async (visit, page) => {
        await lying(page, /\/v1\/models(\?|\/\d+$)/, (model) => (model.uri = cardOf(card)));
        await page.setViewportSize({ width: 360, height: 740 });
        for (const place of ["/models", "/models/2", `/jobs/${scene.network.stories.final}`]) {
          await visit.go(place);
          expect(await page.getByText("this cannot be shown").count(), place).to.equal(0);
          expect(await overflow(page), place).to.equal(0);
        }
        expect(await page.locator("main img, main script").count()).to.equal(0);
      }));
  }

  it("shows a version whose header is garbage, or names shapes that nothing can hold, and whose addresses are none", () =>
    visiting(async (visit, page) => {
      let header = "0xdeadbeef";
      const spoil = (version: Answer): void => void Object.assign(version, { header, fileURI: Array.from({ length: 50 }, (_, i) => `javascript:alert(${i})`).join(" "), programURI: `${"x".repeat(5_000)} http://[` });
      await lying(page, /\/v1\/models\/\d+$/, ({ versions }) => thingsIn(versions as Answer).forEach(spoil));
      await visit.go("/models/2");
      await page.getByText("Its header cannot be read").waitFor();
      header = `0x01${"00000001".repeat(2)}0101 04${"ffffffff".repeat(4)}00`.replace(" ", "");
      await page.reload();
      await visit.settled();
      await page.getByRole("button", { name: "Example" }).click();
      await page.getByText("too many for an example").waitFor();
      await page.getByRole("button", { name: "Show the graph" }).click();
      await page.getByText("no address gives").first().waitFor();
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await overflow(page)).to.equal(0);
    }));

  it("says what cannot be shown of an index that lies, and shows the next page all the same", () =>
    visiting(async (_, page) => {
      await lying(page, /\/v1\/jobs/, (job) => (job.status = "Owned"));
      await page.goto(`${scene.url}#/jobs`);
      await page.getByText("this cannot be shown").waitFor();
      await page.getByRole("link", { name: "Operators" }).click();
      await page.getByRole("heading", { level: 1, name: "Operators" }).waitFor();
    }));

  it("shows times that no calendar has, and amounts of 39 digits, within the screen", () =>
    visiting(async (visit, page) => {
      await lying(page, /\/v1\/jobs/, (job) => Object.assign(job, { requestedAt: 2 ** 53, fee: String(2n ** 128n - 1n) }));
      await page.setViewportSize({ width: 360, height: 740 });
      for (const place of ["/jobs", `/jobs/${scene.network.stories.final}`]) {
        await visit.go(place);
        await page.getByText("340,282,366,920,938,463,463.3746").first().waitFor();
        expect(await overflow(page), place).to.equal(0);
      }
    }));

  for (const [name, answer] of [
    ["fails", (page: Page) => page.route("**/v1/**", (route) => route.fulfill({ status: 500, body: "no" }))],
    ["answers HTML", (page: Page) => page.route("**/v1/**", (route) => route.fulfill({ contentType: "text/html", body: "<html>" }))],
    ["never answers", (page: Page) => page.route("**/v1/**", () => undefined)],
    ["has no lists", (page: Page) => page.route("**/v1/**", (route) => route.fulfill({ json: {} }))],
    ["is of another deployment", async (page: Page) => {
      const transaction = await strangersTransaction(scene.network.running.rpcUrl);
      await lying(page, /\/v1\/events/, (event) => (event.transaction = transaction));
    }],
  ] as const) {
    it(`does without an index that ${name}`, () =>
      visiting(async (visit, page) => {
        await answer(page);
        await visit.go("/jobs");
        expect(await page.locator("footer").innerText()).to.include("no index is asked");
      }));
  }

  it("tells what is wrong with explorer.json, or with the node that it names", () =>
    visiting(async (_, page) => {
      const chain = (chainId: number) => (config: Answer) => ({ ...config, indexUrl: undefined, deployment: { ...(config.deployment as Answer), chainId } });
      for (const [change, says] of [
        [() => "<html>", "does not say which deployment to show"],
        [(config: Answer) => ({ ...config, rpcUrl: "javascript:alert(1)" }), "rpcUrl is no address"],
        [chain(5), "the deployment on chain 5"],
        [(config: Answer) => ({ ...config, indexUrl: undefined, rpcUrl: "./nowhere" }), "does not answer"],
      ] as const) {
        await page.unroute("**/explorer.json");
        await configured(page, change);
        await page.goto("about:blank");
        await page.goto(`${scene.url}#/`);
        await page.getByRole("alert").getByText(says).waitFor();
      }
    }));

  it("says that what it shows may be out of date once the index fails, and not any more once it answers", () =>
    visiting(async (visit, page) => {
      await visit.go("/jobs");
      await page.route("**/v1/jobs*", (route) => route.fulfill({ status: 500, body: "no" }));
      const { stage } = scene.network;
      await requestOf(stage, "requester", stage.published.cnn, digitOf(4), stage.address("absent"));
      await page.getByText("This may be out of date").waitFor();
      expect(await page.getByRole("table").count()).to.equal(1);
      await page.unroute("**/v1/jobs*");
      await page.getByText("This may be out of date").waitFor({ state: "detached" });
    }));
});

describe("the explorer in any browser", function () {
  this.timeout(240_000);
  let scene: ExplorerScene;
  before(async () => {
    scene = await explorerScene();
  });

  it("shows everything where nothing may be kept or copied, and where the browser takes itself for offline", async () => {
    const visit = await scene.visit();
    const { page } = visit;
    await page.addInitScript({ content: FORBIDDING });
    await visit.go("/jobs");
    await page.getByRole("button", { name: /theme/ }).click();
    const copy = page.getByRole("button", { name: /^copy 0x/ }).first();
    await copy.click();
    await page.getByRole("button", { name: "Not allowed here: select it" }).waitFor();
    await visit.close();
  });

  it("keeps the keyboard's focus on a filter that changes the list, and goes back through the filters", async () => {
    const visit = await scene.visit();
    const { page } = visit;
    await visit.go("/jobs");
    const status = page.getByLabel("Status");
    for (const each of ["Final", "Convicted"]) {
      await status.focus();
      await status.selectOption(each);
      await page.waitForURL(`**/#/jobs?status=${each}`);
      expect(await status.evaluate((field) => field === document.activeElement)).to.equal(true);
    }
    await page.goBack();
    await page.waitForURL("**/#/jobs?status=Final");
    expect(await status.inputValue()).to.equal("Final");
    await page.goto(`${scene.url}#/jobs?operator=${scene.network.running.accounts.operator.address.toLowerCase()}`);
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>(".filters input")?.value.startsWith("0x"));
    expect(await page.locator(".filters select").nth(1).inputValue()).to.equal("operator");
    await visit.close();
  });

  it("connects a wallet, follows it to another account, and lets it go when it changes its chain", async () => {
    const { rpcUrl, accounts } = scene.network.running;
    const visit = await scene.visit();
    const { page } = visit;
    await page.addInitScript({ content: twins(rpcUrl, [accounts.requester.address, accounts.publisher.address]) });
    await visit.go("/");
    const button = page.locator("button.wallet");
    await button.click();
    expect(await page.getByRole("dialog").getByRole("button", { name: "Twin" }).count()).to.equal(2);
    expect(await page.getByRole("dialog").locator("img").count()).to.equal(1);
    await page.getByRole("dialog").getByRole("button", { name: "Twin" }).first().click();
    const shows = (address: string) => page.waitForFunction((start) => document.querySelector("button.wallet")?.textContent?.startsWith(start), address.slice(0, 8).toLowerCase());
    await shows(accounts.requester.address);
    await page.evaluate(() => dispatchEvent(new CustomEvent("test:account", { detail: 1 })));
    await shows(accounts.publisher.address);
    await page.evaluate(() => dispatchEvent(new Event("test:chain")));
    await page.waitForFunction(() => document.querySelector("button.wallet")?.textContent === "Connect");
    await visit.close();
  });
});
