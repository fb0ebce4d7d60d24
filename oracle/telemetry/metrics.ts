import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EventName, Events } from "../core/events.ts";

export interface Metrics {
  readonly subscriber: (name: EventName, fields: Events[EventName]) => void;
  readonly render: () => Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "opg_" });
  const events = new Counter({
    name: "opg_events_total",
    help: "Events by name",
    labelNames: ["event"],
    registers: [registry],
  });
  const block = new Gauge({ name: "opg_chain_block", help: "Last block handled", registers: [registry] });
  const gas = new Counter({
    name: "opg_gas_used_total",
    help: "Gas used by confirmed transactions",
    labelNames: ["kind"],
    registers: [registry],
  });
  const inference = new Histogram({
    name: "opg_inference_seconds",
    help: "Time to compute a job's result",
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers: [registry],
  });
  return {
    render: () => registry.metrics(),
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
