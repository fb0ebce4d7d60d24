import type { Command } from "commander";
import { inputError } from "../core/errors.ts";
import type { Session } from "./session.ts";

export function runCommand(parent: Command, session: (command: Command) => Session): void {
  parent
    .command("run")
    .description("run the daemon in the given roles until it is stopped")
    .option("--operator", "serve jobs, and open when challenged")
    .option("--watcher", "recompute results, challenge and convict wrong ones")
    .option("--keeper", "settle what anyone may: finalize, refund, time out, resolve")
    .action(async (options: { operator?: boolean; watcher?: boolean; keeper?: boolean }, command: Command) => {
      const current = session(command);
      const { config, world, output } = current;
      const roles = {
        operator: options.operator === true,
        watcher: options.watcher === true,
        keeper: options.keeper === true,
      };
      if (!roles.operator && !roles.watcher && !roles.keeper) {
        throw inputError("NO_ROLE", "no role was given", { fix: "add --operator, --watcher or --keeper" });
      }
      const json = config.log.format === "json" || (config.log.format === "auto" && world.stderr.isTTY !== true);
      const [keys, { startDaemon }] = [await current.signingKeys(), await import("../main.ts")];
      const running = await startDaemon({
        config,
        roles,
        keys,
        log: { format: json ? "json" : "text", write: (line) => void world.stderr.write(line) },
      });
      let reason = "";
      const stop = (signal: NodeJS.Signals) => {
        reason ||= signal;
        void running.stop(signal);
      };
      process.on("SIGINT", stop).on("SIGTERM", stop);
      try {
        await running.ended;
      } finally {
        await running.stop();
        process.off("SIGINT", stop).off("SIGTERM", stop);
      }
      output.result({ ok: true, address: running.address, stopped: reason }, [`stopped by ${reason}`]);
    });
}
