/** The site of the documents: built once for a subfolder of a server, looked at as files and in Chromium. */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import axe from "axe-core";
import { expect } from "chai";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { readFigures } from "../../../checks/economics/figures.ts";
import { gasTable, modelSizes, roundsIn } from "../../../checks/economics/gas.ts";
import { defenceGas, prosecutionGas } from "../../../checks/economics/scenarios.ts";
import { documentsOf } from "../../../checks/links.ts";
import { pageOf, targetOf } from "../../../docs/.vitepress/documents.ts";
import { chromiumPath, QUIET } from "../../support/chromium.ts";
import { serveFolder, type StaticSite } from "../../support/staticSite.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const BASE = "/network/documents/";

describe("the site of the documents", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "opg-site-"));
  let site: StaticSite;
  let browser: Browser;

  before(async () => {
    // The Hardhat that runs this test sets variables that others would follow.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(HARDHAT|NODE|OPG)_/.test(name)));
    const { status, stdout, stderr } = spawnSync("npm", ["run", "docs", "--", "--outDir", folder, "--base", BASE], { cwd: ROOT, encoding: "utf8", env });
    expect(status, stdout + stderr).to.equal(0);
    site = await serveFolder(folder, BASE);
    browser = await playwright.launch({ executablePath: chromiumPath(), args: [...QUIET] });
  });
  after(async () => {
    await browser?.close();
    site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const files = (pattern: string): string[] => globSync(pattern, { cwd: folder });
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");

  it("shows every document of the repository", () => {
    const pages = documentsOf(ROOT).map(pageOf).filter((page) => page !== undefined);
    expect(pages).to.include.members(["readme.md", "packages/sdk.md", "models/digits-cnn.md", "roles/dapp.md", "protocol.md"]);
    expect(files("**/*.html")).to.include.members(pages.map((page) => page.replace(/\.md$/, ".html")));
    expect(files("**/*.html")).to.include.members(["reference/contracts/JobRegistry.html", "reference/sdk/viem.html"]);
  });

  it("has no link to a page, a file or a heading that is not there", () => {
    const pages = new Map(files("**/*.html").map((file) => [file, read(file)]));
    const anchors = new Map([...pages].map(([file, html]) => [file, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]));
    const dead = [...pages].flatMap(([file, html]) =>
      [...html.matchAll(/<a [^>]*href="([^"]+)"/g)]
        .map(([, href]) => href.replaceAll("&amp;", "&"))
        .filter((href) => !/^(https?|mailto):/.test(href))
        .filter((href) => {
          const [path, anchor] = href.split("#");
          const absolute = path === "" ? BASE + file : path.startsWith("/") ? path : posix.join(BASE, posix.dirname(file), path);
          const target = absolute.slice(BASE.length).replace(/(^|\/)$/, "$1index.html");
          if (!absolute.startsWith(BASE) || !pages.has(target)) return true;
          return anchor !== undefined && anchor !== "" && !anchors.get(target)!.has(decodeURIComponent(anchor));
        })
        .map((href) => `${file} links to ${href}`),
    );
    expect(dead).to.deep.equal([]);
    expect([...pages.values()].join("").match(/href="[^"]+#[^"]+"/g)!.length).to.be.greaterThan(100);
  });

  it("loads nothing from elsewhere: what a page loads stands beside it", () => {
    const loads = /<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*\b(?:src|srcset|data)="([^"]*)"|<link\b[^>]*\bhref="([^"]*)"/g;
    const loaded = files("**/*.html").flatMap((file) => [...read(file).matchAll(loads)].map(([, source, link]) => source ?? link));
    expect(loaded.length).to.be.greaterThan(100);
    expect(loaded.filter((address) => !address.startsWith(BASE) && !address.startsWith("data:"))).to.deep.equal([]);
    for (const file of files("**/*.css")) expect(read(file), file).not.to.match(/@import|url\(["']?(https?:)?\/\//);
    for (const file of files("**/*.js")) expect(read(file), file).not.to.match(/\b(?:fetch|import|importScripts|WebSocket|EventSource)\(["'`](?:https?|wss?):/);
  });

  it("leads links of documents to pages, to files of the repository, or says that there is nothing", () => {
    expect(targetOf("docs/roles/dapp.md", "../../sdk/README.md#verify")).to.deep.equal({ kind: "page", address: "/packages/sdk.md#verify" });
    expect(targetOf("docs/coverage.md", "../checks/bench/networks/index.ts")).to.deep.equal({ kind: "file", path: "checks/bench/networks/index.ts" });
    expect(targetOf("README.md", "https://example.org/x.md")).to.deep.equal({ kind: "elsewhere" });
    expect(() => targetOf("README.md", "docs/gone.png")).to.throw("README.md links to docs/gone.png: there is no docs/gone.png");
  });

  /** Opens a page; what it asked for elsewhere, and what went wrong on it, is noted. */
  async function open(path: string, colorScheme: "light" | "dark" = "light", width = 1280): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(site.url) && !request.url().startsWith("data:")) faults.push(`asks for ${request.url()}`);
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    await page.goto(site.url + path, { waitUntil: "networkidle" });
    return { page, faults };
  }

  for (const path of ["", "protocol.html", "calculator.html"]) {
    for (const theme of ["light", "dark"] as const) {
      it(`/${path} in ${theme} colours asks for nothing elsewhere, and axe finds no serious fault`, async () => {
        const { page, faults } = await open(path, theme);
        await page.evaluate(axe.source);
        const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        expect(serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`)).to.deep.equal([]);
        expect(faults).to.deep.equal([]);
        await page.context().close();
      });
    }

    it(`/${path} fits on a phone`, async () => {
      const { page } = await open(path, "light", 360);
      expect(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")).to.be.at.most(0);
      await page.context().close();
    });
  }

  it("finds words without a server", async () => {
    const { page, faults } = await open("");
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("retryCallback");
    await page.locator(".VPLocalSearchBox .result").first().waitFor();
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });

  it("computes costs from the snapshots, for the models of docs/economics.md", async () => {
    const { page, faults } = await open("calculator.html");
    const figures = readFigures();
    const gas = gasTable(figures);
    const shown = async (): Promise<number[]> => (await page.locator("[data-gas]").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
    for (const name of ["digits CNN", "ResNet-50", "VGG-16"]) {
      const size = modelSizes(figures).find((each) => each.name === name)!;
      await page.getByLabel("Model", { exact: true }).selectOption(name);
      expect((await shown()).slice(3), name).to.deep.equal([prosecutionGas(gas, size, 0), prosecutionGas(gas, size, roundsIn(size)), defenceGas(gas, size)]);
    }
    await page.getByLabel("Model", { exact: true }).selectOption("digits CNN");
    await page.getByLabel("Gas of the callback").fill("50000");
    expect((await shown()).slice(0, 3)).to.deep.equal([figures.job.request, figures.job.submit, figures.job.finalize + 50_000]);
    await page.getByLabel("Bond, OPG").fill("-1");
    expect(await page.locator(".faults").textContent()).to.contain("Bond, OPG: a number from 0 to");
    expect(await page.getByLabel("Bond, OPG").getAttribute("aria-invalid")).to.equal("true");
    expect(faults).to.deep.equal([]);
    await page.context().close();
  });
});
