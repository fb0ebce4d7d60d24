import type { Command } from "commander";
import type { Finding } from "../../core/checkup.ts";
import { countOf } from "../../core/words.ts";
import { examine } from "../doctor/checkup.ts";
import type { Session } from "./session.ts";

export function doctorCommand(parent: Command, session: (command: Command) => Session): void {
  parent
    .command("doctor")
    .description("look for every fault of configuration, key, nodes, deployment, balances, disk, store and runtime; sends nothing")
    .option("--operator", "look at the account as that of an operator")
    .option("--watcher", "look at the account as that of a watcher")
    .option("--quick", "leave out the self-test of the runtime, which takes some seconds")
    .action(async (flags: { operator?: boolean; watcher?: boolean; quick?: boolean }, command: Command) => {
      const current = session(command);
      const { output } = current;
      // What keeps a devnet's keys from being known is found below.
      const keys = await current.signingKeys().catch(() => current.keys);
      const progress = output.progress("self-test");
      const roles = { operator: flags.operator === true, watcher: flags.watcher === true };
      try {
        const findings = await examine(
          { load: () => current.loaded, keys, roles, quick: flags.quick === true, onProgress: (done, total) => progress.update(done, total) },
          (finding) => (output.json ? undefined : describe(finding).forEach((line) => output.say(line))),
        );
        const count = (state: Finding["state"]) => findings.filter((finding) => finding.state === state).length;
        const [failed, warned] = [count("fail"), count("warn")];
        output.result({ ok: failed === 0, failed, warned, findings }, [failed + warned === 0 ? "no fault was found" : `${countOf(failed, "fault")}, ${countOf(warned, "warning")}`]);
        if (failed > 0) current.exitCode = 1;
      } finally {
        progress.stop();
      }
    });
}

const SIGN: Readonly<Record<Finding["state"], string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" };

const describe = ({ about, state, says, fix }: Finding): string[] => [`${SIGN[state]}  ${about}: ${says}`, ...(fix === undefined ? [] : [`      fix: ${fix}`])];
