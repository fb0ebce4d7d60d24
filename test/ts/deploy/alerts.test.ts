import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { EVENT_NAMES, type EventName } from "../../../core/events.ts";
import { FIGURE_LABELS, FIGURES, type Figure, type FigureName } from "../../../oracle/telemetry/figures.ts";
import { createMetrics } from "../../../oracle/telemetry/metrics.ts";
import { evaluate, parsePromql, selectorsOf, type Series } from "../../support/promql.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
const { groups } = parse(read("deploy/prometheus/alerts.yml")) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** A day on which nothing is wrong. */
const QUIET: Readonly<Record<FigureName, Figure>> = {
  opg_healthy: 1,
  opg_head_age_seconds: 6,
  opg_lag_seconds: 1,
  opg_lag_blocks: 0,
  opg_bond_free_opg: 600,
  opg_bond_locked_opg: 400,
  opg_native_balance_ether: 9,
  opg_native_least_ether: 5,
  opg_oldest_due_step_seconds: 2,
  opg_disputes: new Map([["opened", 1]]),
  opg_answer_due_seconds: new Map([["open", Infinity], ["reveal", Infinity]]),
  opg_tasks_waiting: 3,
  opg_disk_free_bytes: new Map([["data", 50e9], ["evidence", Infinity]]),
};
interface Day {
  readonly figures?: Partial<Record<FigureName, Figure>>;
  readonly events?: readonly EventName[];
  readonly failed?: readonly FigureName[];
  readonly up?: boolean;
}

/** What Prometheus has of a daemon whose metrics were scraped twice: on a quiet day, and now. */
async function scraped({ figures = {}, events = [], failed = [], up = true }: Day): Promise<Series[]> {
  const metrics = createMetrics();
  const before = new Map(lines(await metrics.render({ values: figuresOf(QUIET), failed: [] })));
  for (const event of events) metrics.subscriber(event, {} as never);
  for (let i = 0; i < 10; i++) await metrics.render({ values: figuresOf(QUIET), failed });
  const values = figuresOf({ ...QUIET, ...figures });
  for (const name of failed) values.delete(name);
  const now = lines(await metrics.render({ values, failed: [] }));
  const own = now.map(([id, value]): Series => ({ labels: { job: "opg", instance: "daemon:8600", ...labelsOf(id) }, before: before.get(id) ?? value, now: value }));
  const targets = [["daemon:8600", up], ["standby:8600", false]] as const;
  return [
    ...(up ? own : []),
    ...targets.map(([instance, isUp]): Series => ({ labels: { __name__: "up", job: "opg", instance }, before: Number(isUp), now: Number(isUp) })),
  ];
}

const figuresOf = (figures: Readonly<Record<FigureName, Figure>>) => new Map(Object.entries(figures) as [FigureName, Figure][]);

function lines(text: string): [string, number][] {
  const found = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return found.map((line) => {
    const [value] = line.split(" ").slice(-1);
    return [line.slice(0, line.lastIndexOf(" ")), Number(value!.replace("+Inf", "Infinity").replace(/^Nan$/i, "NaN"))];
  });
}

function labelsOf(id: string): Record<string, string> {
  const [, name, labels = ""] = /^([^{]+)(?:\{(.*)\})?$/.exec(id)!;
  return { __name__: name!, ...Object.fromEntries([...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])) };
}

async function firing(day: Day): Promise<string[]> {
  const world = await scraped(day);
  return rules.filter(({ expr }) => evaluate(expr, world).length > 0).map(({ alert }) => alert);
}

describe("alerts", () => {
  it("are silent on a quiet day, with a standby that waits", async () => {
    expect(await firing({})).to.deep.equal([]);
  });

  const CASES: readonly (readonly [string, Day, readonly string[]])[] = [
    ["the newest block is ten minutes old", { figures: { opg_head_age_seconds: 600 } }, ["OpgHeadStuck"]],
    ["the node does not answer", { figures: { opg_lag_seconds: 300, opg_healthy: 0 } }, ["OpgUnhealthy", "OpgHeadStuck"]],
    ["the daemon reads far behind the head", { figures: { opg_lag_blocks: 5_000 } }, ["OpgHeadStuck"]],
    ["a challenge is not answered, with hours left", { figures: { opg_answer_due_seconds: new Map([["open", 20_000], ["reveal", Infinity]]) } }, ["OpgChallengeUnanswered"]],
    ["a challenge is not answered, with minutes left", { figures: { opg_answer_due_seconds: new Map([["open", 300], ["reveal", Infinity]]) } }, ["OpgChallengeUnanswered", "OpgAnswerNearlyLate"]],
    ["a demand is due", { figures: { opg_answer_due_seconds: new Map([["open", Infinity], ["reveal", 5_000]]) } }, ["OpgDemandDue"]],
    ["a demand was not answered in time", { figures: { opg_answer_due_seconds: new Map([["open", Infinity], ["reveal", -5]]) } }, ["OpgDemandDue", "OpgAnswerNearlyLate"]],
    ["the account is nearly empty", { figures: { opg_native_balance_ether: 0.2 } }, ["OpgBalanceLow"]],
    ["the bond is locked but for a rest", { figures: { opg_bond_free_opg: 20, opg_bond_locked_opg: 980 } }, ["OpgBondNearlyLocked"]],
    ["a watcher has no bond at all", { figures: { opg_bond_free_opg: 0, opg_bond_locked_opg: 0 } }, []],
    ["the disk fills", { figures: { opg_disk_free_bytes: new Map([["data", 50e9], ["evidence", 2e9]]) } }, ["OpgDiskFilling"]],
    ["the disk is full", { figures: { opg_disk_free_bytes: new Map([["data", 1e6], ["evidence", 1e6]]) } }, ["OpgDiskFilling", "OpgDiskFull"]],
    ["a step has not been done for ten minutes", { figures: { opg_oldest_due_step_seconds: 600 } }, ["OpgStepOverdue"]],
    ["the host computes wrong", { events: ["self-check.failed"] }, ["OpgSelfCheckFailed"]],
    ["the operator was slashed", { events: ["job.convicted"] }, ["OpgConvicted"]],
    ["the wallet does not cover a challenge", { events: ["watch.unfunded"] }, ["OpgWatcherUnfunded"]],
    ["the balance cannot be read", { failed: ["opg_native_balance_ether"] }, ["OpgFigureUnreadable"]],
    ["neither daemon answers", { up: false }, ["OpgNobodyDecides"]],
  ];
  for (const [what, day, expected] of CASES) {
    it(`${what}: ${expected.length === 0 ? "none" : expected.join(", ")}`, async () => {
      expect(await firing(day)).to.deep.equal(expected);
    });
  }

  it("of tasks that wait: not of a burst, but of many for ten minutes", () => {
    const { expr } = rules.find(({ alert }) => alert === "OpgTasksPile")!;
    const fires = (before: number, now: number) => evaluate(expr, [{ labels: { __name__: "opg_tasks_waiting" }, before, now }]).length > 0;
    expect([fires(0, 60), fires(40, 2), fires(40, 60)]).to.deep.equal([false, false, true]);
  });

  it("have each been seen firing, and each has a name of its own, a time, a severity and a runbook that is there", () => {
    const seen = new Set([...CASES.flatMap(([, , alerts]) => alerts), "OpgTasksPile"]);
    expect(rules.map(({ alert }) => alert)).to.have.members([...seen]);
    expect(new Set(rules.map(({ alert }) => alert)).size).to.equal(rules.length);
    const anchors = new Set([...read("docs/operations.md").matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!.toLowerCase().replace(/[^a-z0-9 -]/g, "").replaceAll(" ", "-")));
    for (const { alert, for: time, labels, annotations } of rules) {
      expect(time, alert).to.match(/^\d+[smh]$/);
      expect(["warning", "critical"], alert).to.include(labels.severity);
      expect(annotations.summary, alert).to.have.length.greaterThan(10);
      expect(annotations.runbook, alert).to.equal(`docs/operations.md#${alert.toLowerCase()}`);
      expect([...anchors], alert).to.include(alert.toLowerCase());
    }
  });
});

describe("alerts and dashboard", () => {
  interface Panel {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }
  const dashboard = JSON.parse(read("deploy/grafana/dashboard.json")) as { uid: string; panels: Panel[] };
  const [datasource] = (parse(read("deploy/grafana/provisioning/datasources/prometheus.yml")) as { datasources: { uid: string; url: string }[] }).datasources;
  const questions = [
    ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ];

  it("ask for nothing that a daemon does not tell, by labels and values that there are", async () => {
    const metrics = createMetrics();
    metrics.subscriber("tx.confirmed", { intent: "x", kind: "submit", hash: "0x", gas: 1 });
    const told = lines(await metrics.render({ values: figuresOf(QUIET), failed: [] })).map(([id]) => labelsOf(id));
    for (const [title, expr] of questions) {
      parsePromql(expr);
      for (const { name, labels } of selectorsOf(expr).filter(({ name }) => name !== "up")) {
        const known = told.filter((series) => series.__name__ === name);
        expect(known, `${title}: ${name}`).to.not.be.empty;
        for (const [label, value] of Object.entries(labels)) {
          for (const one of value.split("|")) expect(known.map((series) => series[label]), `${title}: ${name}{${label}}`).to.include(one);
        }
      }
    }
  });

  it("the dashboard shows every figure, from the source that is provisioned, and no panel covers another", () => {
    const asked = new Set(questions.flatMap(([, expr]) => selectorsOf(expr).map(({ name }) => name)));
    for (const name of Object.keys(FIGURES).filter((name) => name !== "opg_lag_seconds")) expect([...asked], name).to.include(name);
    for (const { targets } of dashboard.panels) for (const target of targets) expect(target.datasource.uid).to.equal(datasource!.uid);
    expect(datasource!.url).to.equal("http://prometheus:9090");
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`));
    expect(new Set(cells).size).to.equal(cells.length);
  });

  it("every figure that is several numbers has its label, and events are named as the log names them", () => {
    for (const [name, figure] of Object.entries(QUIET)) expect(typeof figure === "object", name).to.equal(name in FIGURE_LABELS);
    const named = questions.flatMap(([, expr]) => selectorsOf(expr)).flatMap(({ labels }) => labels.event?.split("|") ?? []);
    expect(named.filter((event) => !(EVENT_NAMES as readonly string[]).includes(event))).to.deep.equal([]);
    expect(named).to.have.length.greaterThan(20);
  });

  it("a query that Prometheus would not take is noticed", () => {
    for (const wrong of ["opg_healthy ==", "rate(opg_events_total[5m]", "opg_healthy = 1", 'up{job="opg"']) expect(() => parsePromql(wrong), wrong).to.throw(/not PromQL/);
  });
});
