import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { findDevnet } from "../config/devnet.ts";
import { CONFIG_FILE, initialConfig } from "../config/load.ts";
import { inputError } from "../../core/errors.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import { displayUrl } from "../../core/secrets.ts";
import type { Session } from "./session.ts";

export function setupCommands(parent: Command, session: (command: Command) => Session): void {
  const config = parent.command("config").description("the configuration file");

  config
    .command("init")
    .description(`write ${CONFIG_FILE} with every default, to be edited`)
    .action((_options: unknown, command: Command) => {
      const { output, world } = session(command);
      const [file, devnet] = [join(world.cwd, CONFIG_FILE), findDevnet(world.cwd)];
      if (existsSync(file)) {
        throw inputError("CONFIG_EXISTS", `${file} exists already`, { fix: "edit it, or move it away first" });
      }
      try {
        writeFileSync(file, initialConfig(devnet), { flag: "wx" });
      } catch (error) {
        throw inputError("CONFIG_UNWRITABLE", `cannot write ${file}: ${reasonOf(error)}`, { fix: "check the folder" });
      }
      const without = devnet === undefined ? "" : ", without network and dataDir, which means the devnet that runs in this folder";
      output.result({ file }, [`wrote ${file}${without}`]);
    });

  config
    .command("check")
    .description("name every fault of the configuration at once")
    .action((_options: unknown, command: Command) => {
      const { output, loaded } = session(command);
      const { store, network, ...rest } = loaded.config;
      // Addresses of nodes and databases often carry credentials.
      const shown = {
        ...rest,
        network: { ...network, rpcUrl: network.rpcUrl.map(displayUrl) },
        store: store.url === undefined ? {} : { url: displayUrl(store.url) },
      };
      output.result({ ok: true, file: loaded.file ?? null, devnet: loaded.devnet !== undefined, config: shown }, [
        `${loaded.file ?? "no file, all defaults"}: in order`,
        ...(loaded.devnet === undefined ? [] : ["the network is the devnet that runs in this folder"]),
        JSON.stringify(shown, null, 2),
      ]);
    });

  const key = parent.command("key").description("the account that signs");

  key
    .command("new")
    .description("make a key and write it to an encrypted keystore")
    .option("--out <file>", "the keystore file", "opg.keystore.json")
    .action(async (options: { out: string }, command: Command) => {
      const current = session(command);
      const file = resolve(current.world.cwd, options.out);
      if (existsSync(file)) throw inputError("KEYSTORE_EXISTS", `${file} exists already`, { fix: "choose another --out" });
      const { createSecret, readPassword, writeKeystore } = await import("../config/keys.ts");
      const password = await readPassword(current.config.key, current.keys);
      const secret = createSecret();
      current.keys.redactor.add(secret.reveal());
      const address = await writeKeystore(file, secret, password);
      current.output.result({ address, file }, [
        `address   ${address}`,
        `keystore  ${file}; name it in ${CONFIG_FILE} as key.keystore`,
      ]);
    });

  key
    .command("address")
    .description("the address of the configured key")
    .action(async (_options: unknown, command: Command) => {
      const current = session(command);
      const { address } = await current.wallet();
      current.output.result({ address }, [address]);
    });
}
