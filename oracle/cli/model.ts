import type { Command } from "commander";
import { certifyCommand } from "./certify.ts";
import { compileCommand } from "./compile.ts";
import { importCommand } from "./import.ts";
import { deprecateCommand } from "./deprecate.ts";
import { viewCommands } from "./modelView.ts";
import { publishCommand } from "./publish.ts";
import type { Session } from "./session.ts";

export function modelCommands(parent: Command, session: (command: Command) => Session): void {
  const model = parent.command("model").description("import, compile, publish and look at models");
  importCommand(model, session);
  compileCommand(model, session);
  certifyCommand(model, session);
  publishCommand(model, session);
  deprecateCommand(model, session);
  viewCommands(model, session);
}
