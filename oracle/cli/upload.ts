import type { Command } from "commander";
import { inputError } from "../../core/errors.ts";
import { Secret } from "../../core/secrets.ts";
import { bucketAccessOf } from "../store/bucketAddress.ts";
import { bucketUpload, ipfsUpload, pinningUpload, type Upload } from "../store/uploads.ts";
import type { Session } from "./session.ts";

export interface UploadFlags {
  readonly ipfs?: string;
  readonly pin?: string;
  readonly s3?: string;
}

/** The options that say where published files are put, so that others can fetch them. */
export const uploads = (command: Command): Command =>
  command
    .option("--ipfs <url>", "add the files to the IPFS node with this RPC address (as http://127.0.0.1:5001), and publish their ipfs:// addresses")
    .option("--pin <url>", "have this IPFS pinning service keep them (with the token in OPG_PINNING_TOKEN)")
    .option("--s3 <address>", "put them into a bucket, s3://BUCKET/PREFIX?endpoint=URL&region=NAME, and publish their https addresses");

const addressOf = (text: string, option: string, schemes: readonly string[]): URL => {
  if (URL.canParse(text) && schemes.includes(new URL(text).protocol)) return new URL(text);
  throw inputError("URI", `${option} is no address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`, { fix: `correct ${option}` });
};

/** What was asked for, in the order in which it is done: a pinning service fetches what a node has. */
export function uploadsOf({ ipfs, pin, s3 }: UploadFlags, { world, output }: Pick<Session, "world" | "output">): Upload[] {
  const chosen: Upload[] = [];
  if (ipfs !== undefined) chosen.push(ipfsUpload(addressOf(ipfs, "--ipfs", ["http:", "https:"])));
  if (pin !== undefined) {
    const token = world.env.OPG_PINNING_TOKEN;
    if (token === undefined || token === "") throw inputError("UPLOAD_CREDENTIALS", "there is no token for the pinning service", { fix: "set OPG_PINNING_TOKEN" });
    output.redactor.add(token);
    chosen.push(pinningUpload(addressOf(pin, "--pin", ["http:", "https:"]), new Secret(token)));
  }
  if (s3 !== undefined) chosen.push(bucketUpload(addressOf(s3, "--s3", ["s3:"]).href, bucketAccessOf(world.env)));
  return chosen;
}
