import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EventName, Events } from "../../core/events.ts";
import { EVENT_NAMES } from "../../core/events.ts";
import { FIGURE_LABELS, FIGURES, type FigureName, type FigureReading } from "./figures.ts";

export interface Metrics {
  readonly subscriber: (name: EventName, fields: Events[EventName]) => void;
  /** Everything as text, with the figures read just now. */
  readonly render: (figures: FigureReading) => Promise<string>;
  /** Names of what is shown, apart from what every Node process shows. */
  readonly names: readonly string[];
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const events = new Counter({ name: "opg_events_total", help: "Events of the log, by name", labelNames: ["event"], registers });
  // What never happened is zero, not absent: an alert on its increase needs a beginning.
  for (const event of EVENT_NAMES) events.inc({ event }, 0);
  const block = new Gauge({ name: "opg_chain_block", help: "Newest block whose events are read", registers });
  const gas = new Counter({ name: "opg_gas_used_total", help: "Gas of confirmed transactions, by kind", labelNames: ["kind"], registers });
  const inference = new Histogram({
    name: "opg_inference_seconds",
    help: "Time to compute a job's result",
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const unread = new Counter({
    name: "opg_figure_failures_total",
    help: "Times that a figure could not be read and is shown as NaN, by figure",
    labelNames: ["figure"],
    registers,
  });
  const gauges = new Map(
    (Object.keys(FIGURES) as FigureName[]).map((name) => {
      unread.inc({ figure: name }, 0);
      const label = FIGURE_LABELS[name];
      return [name, new Gauge({ name, help: FIGURES[name], labelNames: label === undefined ? [] : [label], registers })];
    }),
  );
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  // Of the process, as prom-client names them: memory, processor time, event loop, garbage collection.
  collectDefaultMetrics({ register: registry, prefix: "opg_" });

  function show({ values, failed }: FigureReading): void {
    for (const [name, gauge] of gauges) {
      const value = values.get(name);
      const label = FIGURE_LABELS[name];
      // An old value would look like a new one.
      if (label !== undefined) gauge.reset();
      if (typeof value === "object") for (const [of, number] of value) gauge.set({ [label!]: of }, number);
      else if (label === undefined) gauge.set(value ?? NaN);
    }
    for (const figure of failed) unread.inc({ figure });
  }

  return {
    names,
    render: (figures) => {
      show(figures);
      return registry.metrics();
    },
    subscriber: (name, fields) => {
      events.inc({ event: name });
      if (name === "chain.block") block.set((fields as Events["chain.block"]).number);
      if (name === "job.computed") inference.observe((fields as Events["job.computed"]).ms / 1000);
      if (name === "tx.confirmed") {
        const { kind, gas: used } = fields as Events["tx.confirmed"];
        gas.inc({ kind }, used);
      }
    },
  };
}
