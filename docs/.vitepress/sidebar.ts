/** Where pages stand. Folders of generated references are listed where they have been made. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { ROOT } from "./documents.ts";

type Item = DefaultTheme.SidebarItem;

const page = (text: string, link: string): Item => ({ text, link });

/** Pages of a folder of docs/, by their own titles; a folder within it is a part of its own. */
function folder(path: string): Item[] {
  const place = join(ROOT, "docs", path);
  if (!existsSync(place)) return [];
  return readdirSync(place, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry): Item[] => {
      if (entry.isDirectory()) {
        const items = folder(`${path}/${entry.name}`);
        return items.length === 0 ? [] : [{ text: entry.name, collapsed: true, items }];
      }
      if (!entry.name.endsWith(".md")) return [];
      const title = /^# (.*)$/m.exec(readFileSync(join(place, entry.name), "utf8"))?.[1] ?? entry.name;
      return [page(title.replaceAll(/[`*]/g, ""), `/${path}/${entry.name.replace(/\.md$/, "")}`)];
    });
}

const generated = (text: string, path: string): Item[] => {
  const items = folder(path);
  return items.length === 0 ? [] : [{ text, collapsed: true, items }];
};

const START: Item = {
  text: "Start",
  items: [
    page("In a minute", "/start"),
    page("A network on your machine", "/devnet"),
    page("The repository", "/readme"),
    page("Glossary", "/glossary"),
  ],
};

const ROLES: Item = {
  text: "Roles",
  items: [
    page("A contract that asks", "/roles/dapp"),
    page("Requester", "/roles/requester"),
    page("Publisher", "/roles/publisher"),
    page("Operator", "/roles/operator"),
    page("Watcher and challenger", "/roles/watcher"),
    page("Staker", "/roles/staker"),
  ],
};

const PROTOCOL: Item = {
  text: "Protocol",
  items: [
    page("Protocol", "/protocol"),
    page("The same in real bytes", "/bytes"),
    page("Threat model", "/threat-model"),
    page("Attacks", "/attacks"),
    page("Economics", "/economics"),
    page("Accounting", "/accounting"),
    page("Limits", "/limits"),
    page("Architecture", "/architecture"),
    page("Kernels", "/operators/kernels"),
  ],
};

const reference = (): Item => ({
  text: "Reference",
  items: [
    page("Operators", "/operators"),
    page("Commands", "/commands"),
    page("Settings", "/settings"),
    page("Errors", "/errors"),
    page("Events of the contracts", "/contract-events"),
    page("Explorer", "/explorer"),
    page("API of the index", "/api"),
    ...generated("Contracts", "reference/contracts"),
    ...generated("SDK", "reference/sdk"),
    { text: "Packages", collapsed: true, items: [
      page("Contracts", "/packages/contracts"),
      page("SDK", "/packages/sdk"),
      page("Core", "/packages/core"),
      page("opg", "/packages/opg"),
      page("Explorer", "/packages/explorer"),
      page("create-opg-app", "/packages/create-opg-app"),
    ] },
    { text: "Models", collapsed: true, items: [page("All models", "/models/"), ...MODELS.map((name) => page(name, `/models/${name}`))] },
  ],
});
const MODELS = ["digits-mlp", "digits-cnn", "digits-cnn-int8", "digits-vit", "tumour-gbt", "volatility", "regime-lstm"];

const OPERATIONS: Item = {
  text: "Operations",
  items: [page("Hosts, workers, upgrades", "/operations"), page("Health, figures, log", "/operating"), page("Hardware", "/hardware")],
};

const EVIDENCE: Item = {
  text: "Evidence",
  items: [
    page("Benchmarks", "/benchmarks"),
    page("Coverage of models", "/coverage"),
    page("Mutation", "/mutation"),
    page("Contributing", "/contributing"),
    page("Adding an operator", "/adding-an-operator"),
  ],
};

export const sidebar = (): Item[] => [
  START,
  ROLES,
  { text: "Recipes", items: folder("recipes") },
  { text: "Moving here", items: folder("migration") },
  { text: "Costs", items: [page("What does it cost?", "/calculator")] },
  PROTOCOL,
  reference(),
  OPERATIONS,
  EVIDENCE,
];

export const nav: DefaultTheme.NavItem[] = [
  { text: "Start", link: "/start" },
  { text: "Contracts that ask", link: "/roles/dapp" },
  { text: "Protocol", link: "/protocol" },
  { text: "Costs", link: "/calculator" },
];
