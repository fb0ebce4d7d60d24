import { readFileSync, writeFileSync } from "node:fs";
import { scrypt } from "node:crypto";
import { encryptKeystoreJson, getBytes, hexlify, scrypt as ethersScrypt, Wallet } from "ethers";
import { inputError, messageOf, OpgError } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errorCodes.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import { Secret } from "../../core/secrets.ts";
import type { Redactor } from "../../core/secrets.ts";
import type { Config } from "./schema.ts";

// The keystore's key derivation, by Node instead of JavaScript: half a second instead of several.
ethersScrypt.register(
  (password, salt, N, r, p, length) =>
    new Promise((resolve, reject) => {
      scrypt(getBytes(password), getBytes(salt), length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
        error === null ? resolve(hexlify(key)) : reject(error),
      );
    }),
);

export interface KeySources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks on the terminal, without echo; absent when there is none. */
  readonly prompt?: (question: string) => Promise<string>;
  /** Whatever is read here is taught to it, so that nothing written afterwards can show it. */
  readonly redactor: Redactor;
}

/** The operator's account: from OPG_PRIVATE_KEY, or else from the keystore file. Never from the configuration file. */
export async function loadWallet(key: Config["key"], sources: KeySources): Promise<Wallet> {
  const plain = sources.env.OPG_PRIVATE_KEY;
  if (plain !== undefined && plain !== "") {
    sources.redactor.add(plain);
    return toWallet(new Secret(plain.startsWith("0x") ? plain : `0x${plain}`), sources.redactor);
  }
  if (key.keystore === undefined) {
    throw inputError("KEY_MISSING", "this command signs transactions and no key is configured", {
      fix: "set key.keystore (make one with: opg key new), or the environment variable OPG_PRIVATE_KEY",
    });
  }
  const json = readFile(key.keystore, "KEYSTORE_UNREADABLE");
  const password = await readPassword(key, sources);
  try {
    const wallet = await Wallet.fromEncryptedJson(json, password.reveal());
    return await toWallet(new Secret(wallet.privateKey), sources.redactor);
  } catch (error) {
    if (error instanceof OpgError) throw error;
    throw inputError("KEYSTORE_LOCKED", `cannot open the keystore ${key.keystore}: ${keystoreFault(error)}`, {
      fix: "check the password and that the file is an Ethereum keystore (version 3)",
    });
  }
}

/** The key of a new account. */
export const createSecret = (): Secret => new Secret(Wallet.createRandom().privateKey);

/** Writes an encrypted keystore that only its owner may read; an existing file is never replaced. */
export async function writeKeystore(
  file: string,
  privateKey: Secret,
  password: Secret,
  cost?: number,
): Promise<string> {
  const address = new Wallet(privateKey.reveal()).address;
  const options = cost === undefined ? {} : { scrypt: { N: cost, r: 8, p: 1 } };
  const json = await encryptKeystoreJson({ address, privateKey: privateKey.reveal() }, password.reveal(), options);
  try {
    writeFileSync(file, `${json}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw inputError("KEYSTORE_UNWRITABLE", `cannot write ${file}: ${reasonOf(error)}`, {
      fix: "choose a path that does not exist yet, in a folder that you may write to",
    });
  }
  return address;
}

export async function readPassword(key: Config["key"], sources: KeySources): Promise<Secret> {
  const password =
    sources.env.OPG_PASSWORD ??
    (key.passwordFile === undefined
      ? await sources.prompt?.("Keystore password: ")
      : readFile(key.passwordFile, "PASSWORD_UNREADABLE").replace(/\r?\n$/, ""));
  if (password === undefined || password === "") {
    throw inputError("PASSWORD_MISSING", "the keystore needs a password and there is no terminal to ask on", {
      fix: "set OPG_PASSWORD, or key.passwordFile to a file that holds it",
    });
  }
  sources.redactor.add(password);
  return new Secret(password);
}

async function toWallet(secret: Secret, redactor: Redactor): Promise<Wallet> {
  redactor.add(secret.reveal());
  try {
    return new Wallet(secret.reveal());
  } catch {
    // The cause may quote the value and stays out.
    throw inputError("KEY_INVALID", "the private key is not 32 bytes of hex", {
      fix: "set OPG_PRIVATE_KEY to 0x and 64 hex digits",
    });
  }
}

function readFile(file: string, code: ErrorCode): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw inputError(code, `cannot read ${file}: ${reasonOf(error)}`, { fix: "check the path and its permissions" });
  }
}

function keystoreFault(error: unknown): string {
  return /password/i.test(messageOf(error)) ? "the password is wrong" : "it is not a valid keystore";
}
