import { statSync } from "node:fs";
import { loadWallet } from "../config/keys.ts";
import type { KeySources } from "../config/keys.ts";
import type { Config } from "../config/schema.ts";
import { fail, ok, warn } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import { OpgError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import { fixOf } from "./context.ts";

const ABOUT = "key";
/** Permissions of a file that others than its owner have. */
const OTHERS = 0o077;

/** Whether the key can be had, and whether others may read what it is kept in. */
export async function checkKey(config: Config, keys: KeySources, needed: boolean): Promise<{ findings: readonly Finding[]; address: Hex | undefined }> {
  const plain = keys.env.OPG_PRIVATE_KEY;
  const fromEnvironment = plain !== undefined && plain !== "";
  try {
    const wallet = await loadWallet(config.key, keys);
    const where = fromEnvironment ? "from OPG_PRIVATE_KEY" : `from ${config.key.keystore}`;
    const open = fromEnvironment ? [] : [config.key.keystore, config.key.passwordFile].flatMap(readableByOthers);
    return { findings: [ok(ABOUT, `${wallet.address}, ${where}`), ...open], address: wallet.address.toLowerCase() as Hex };
  } catch (error) {
    const fix = fixOf(error, "see key.keystore and OPG_PRIVATE_KEY");
    const missing = error instanceof OpgError && error.code === "KEY_MISSING";
    const says = missing ? "no key is configured: nothing can be signed" : reasonOf(error);
    return { findings: [missing && !needed ? warn(ABOUT, says, fix) : fail(ABOUT, says, fix)], address: undefined };
  }
}

function readableByOthers(file: string | undefined): Finding[] {
  if (file === undefined || process.platform === "win32") return [];
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & OTHERS) === 0 ? [] : [warn(ABOUT, `others than you may read or change ${file}`, `chmod 600 ${file}`)];
}
