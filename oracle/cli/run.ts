import type { Command } from "commander";
import { inputError, OpgError } from "../../core/errors.ts";
import type { Session } from "./session.ts";

export function runCommand(parent: Command, session: (command: Command) => Session): void {
  parent
    .command("run")
    .description("run the daemon in the given roles until it is stopped")
    .option("--operator", "serve jobs, and open when challenged")
    .option("--watcher", "recompute results, challenge and convict wrong ones")
    .option("--keeper", "settle what anyone may: finalize, refund, time out, resolve")
    .option("--standby", "while another daemon uses the same store, wait, and take over when it ends")
    .action(async (options: { standby?: boolean; operator?: boolean; watcher?: boolean; keeper?: boolean }, command: Command) => {
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
      const stopping = new AbortController();
      let reason = "";
      const stop = (signal: NodeJS.Signals) => {
        reason ||= signal;
        stopping.abort();
      };
      const listen = () => process.on("SIGINT", stop).on("SIGTERM", stop);
      // Until it runs, a signal ends it at once; a standby has to let go of nothing either, but says that it was stopped.
      if (options.standby === true) listen();
      try {
        const running = await startDaemon({
          config,
          roles,
          keys,
          log: { format: json ? "json" : "text", write: (line) => void world.stderr.write(line) },
          ...(options.standby === true && { standby: stopping.signal }),
        });
        if (options.standby !== true) listen();
        const end = () => void running.stop(reason);
        if (stopping.signal.aborted) end();
        stopping.signal.addEventListener("abort", end);
        try {
          await running.ended;
        } finally {
          await running.stop();
        }
      } catch (error) {
        if (!stopping.signal.aborted || !(error instanceof OpgError) || error.code !== "STORE_IN_USE") throw error;
      } finally {
        process.off("SIGINT", stop).off("SIGTERM", stop);
      }
      output.result({ ok: true, stopped: reason }, [`stopped by ${reason}`]);
    });
}
