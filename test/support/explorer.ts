/** The explorer in a browser that is watched, over one devnet that all tests of a run share. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after } from "mocha";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { chromiumPath } from "./chromium.ts";
import { openStories, type StagedNetwork } from "./explorerStories.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Where pictures of the pages are left, for people to look at. */
export const SCREENSHOTS = join(ROOT, "screenshots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const DESK = { width: 1_280, height: 900 };
/** The least width that the pages are made for. */
const PHONE = { width: 360, height: 740 };
/** For what is waited for on a page, in milliseconds. */
const PATIENCE = 60_000;

export interface ExplorerScene {
  readonly network: StagedNetwork;
  /** The page's address, with a slash at the end. */
  readonly url: string;
  /** A browser in which nobody was before. */
  visit(options?: VisitOptions): Promise<Visit>;
}

export interface VisitOptions {
  /** Takes the index out of what the page is told. */
  readonly withoutIndex?: boolean;
  /** Requests that may fail. */
  readonly mayFail?: RegExp;
}

/** Opened when it is first asked for, and closed when the last test of the run has ended. */
export const explorerScene = (): Promise<ExplorerScene> => (opened ??= openScene());
let opened: Promise<ExplorerScene & { close(): Promise<void> }> | undefined;

after("the explorer's devnet ends", async function () {
  this.timeout(60_000);
  await (await opened?.catch(() => undefined))?.close();
});

async function openScene() {
  const network = await openStories();
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] }).catch(async (error: unknown) => {
    await network.stop();
    throw error;
  });
  const url = network.running.explorer!;
  return {
    network,
    url,
    visit: (options: VisitOptions = {}) => openVisit(browser, network, options),
    async close() {
      await browser.close();
      await network.stop();
    },
  };
}

async function openVisit(browser: Browser, { running }: StagedNetwork, { withoutIndex = false, mayFail = /(?!)/ }: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({ viewport: DESK, reducedMotion: "reduce", colorScheme: "light", permissions: ["clipboard-read", "clipboard-write"] });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const own = [running.explorer!, running.rpcUrl, running.control, ...Object.values(running.apis)].map((each) => new URL(each).origin);
  const visit = new Visit(context, page, running.explorer!, watch(page, own, mayFail));
  if (withoutIndex) {
    await page.route("**/explorer.json", async (route) => {
      const told = (await (await route.fetch()).json()) as Record<string, unknown>;
      delete told.indexUrl;
      await route.fulfill({ json: told });
    });
  }
  return visit;
}

/** What goes wrong on a page, as it comes. @param own origins that it may ask */
function watch(page: Page, own: readonly string[], mayFail: RegExp): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    const { url } = message.location();
    if (message.type() === "error" && !mayFail.test(url)) faults.push(`${message.text()} (${url})`);
  });
  page.on("pageerror", (error) => void faults.push(error.stack ?? error.message));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^https?:$/.test(protocol) && !own.includes(origin)) faults.push(`it asked ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    // What a page gives up that somebody leaves.
    if (request.failure()?.errorText !== "net::ERR_ABORTED" && !mayFail.test(request.url())) faults.push(`${request.url()}: ${request.failure()?.errorText ?? ""}`);
  });
  return faults;
}

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly impact: string; readonly help: string; readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[] }[];
}

/** On the page: what is wider than the screen, if one can scroll sideways. */
function tooWide(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.querySelectorAll("main *, header *, footer *")].filter((each) => each.getBoundingClientRect().right > clientWidth && each.children.length === 0);
  return [`${scrollWidth - clientWidth} px wider than the screen: ${wide.slice(0, 5).map((each) => each.outerHTML.slice(0, 200)).join(" ")}`];
}

/** Somebody at a page of the explorer. */
export class Visit {
  readonly page: Page;
  readonly faults: string[];
  readonly #context: BrowserContext;
  readonly #url: string;

  constructor(context: BrowserContext, page: Page, url: string, faults: string[]) {
    this.#context = context;
    this.page = page;
    this.#url = url;
    this.faults = faults;
  }

  /** Goes to a page by its address, such as "/jobs", and waits until it has read what it shows. */
  async go(place: string): Promise<void> {
    await this.page.goto(`${this.#url}#${place}`);
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.locator("h1").first().waitFor();
    await this.page.waitForFunction(() => document.querySelector("main .loading") === null);
  }

  /** Signs from now on with a test account of the devnet. */
  async connect(name: string): Promise<void> {
    await this.page.getByRole("banner").getByRole("button", { name: /^(Connect|0x)/ }).click();
    await this.page.getByRole("dialog").getByRole("button", { name: new RegExp(`^${name} `) }).click();
    await this.page.getByRole("dialog").waitFor({ state: "hidden" });
  }

  /** Looks at the page in both themes and on a phone, keeps the pictures, and counts as a fault what somebody could not see, reach or read. */
  async look(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const picture = (manner: string) => this.page.screenshot({ path: join(SCREENSHOTS, `${name}-${manner}.png`), fullPage: true });
    const chosen = await this.page.evaluate(() => document.documentElement.dataset.theme);
    for (const theme of ["dark", "light"]) {
      await this.#setTheme(theme);
      // In the other theme only the colours are others.
      this.faults.push(...(await this.#inaccessible(theme === "dark" ? ["color-contrast"] : undefined)).map((fault) => `${name}, ${theme}: ${fault}`));
      await picture(theme);
    }
    await this.page.setViewportSize(PHONE);
    this.faults.push(...(await this.page.evaluate(tooWide)).map((fault) => `${name}, on a phone: ${fault}`));
    await picture("phone");
    await this.page.setViewportSize(DESK);
    await this.#setTheme(chosen ?? "light");
  }

  #setTheme(theme: string): Promise<void> {
    return this.page.evaluate((wanted) => void (document.documentElement.dataset.theme = wanted), theme);
  }

  /** @param rules by axe's names; all by default */
  async #inaccessible(rules?: readonly string[]): Promise<string[]> {
    await this.page.evaluate(AXE);
    const { violations } = (await this.page.evaluate(`axe.run(${JSON.stringify(rules === undefined ? {} : { runOnly: rules })})`)) as AxeResults;
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} ${failureSummary.replaceAll(/\s+/g, " ")}`).join("; ")}`);
  }

  /** Ends the visit. Fails if anything went wrong on it. */
  async close(): Promise<void> {
    await this.#context.close();
    if (this.faults.length > 0) throw new Error(`the page has faults:\n${this.faults.join("\n")}`);
  }
}
