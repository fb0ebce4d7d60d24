import type { Command } from "commander";
import type { Session } from "./session.ts";

export function workerCommand(parent: Command, session: (command: Command) => Session): void {
  parent
    .command("worker")
    .description("compute for a daemon that shares its PostgreSQL server; holds no key, and any number may run")
    .action(async (_options: unknown, command: Command) => {
      const { runWorker } = await import("../worker.ts");
      const { config, world, output, keys } = session(command);
      const json = config.log.format === "json" || (config.log.format === "auto" && world.stderr.isTTY !== true);
      const stopping = new AbortController();
      let reason = "";
      const stop = (signal: NodeJS.Signals) => {
        reason ||= signal;
        stopping.abort();
      };
      process.on("SIGINT", stop).on("SIGTERM", stop);
      try {
        await runWorker({
          config,
          redactor: keys.redactor,
          env: world.env,
          log: { format: json ? "json" : "text", write: (line) => void world.stderr.write(line) },
          signal: stopping.signal,
        });
      } finally {
        process.off("SIGINT", stop).off("SIGTERM", stop);
      }
      output.result({ ok: true, stopped: reason }, [`stopped by ${reason}`]);
    });
}
