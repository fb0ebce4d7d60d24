import { createServer } from "node:net";
import { z } from "zod";
import type { Config } from "../config/schema.ts";
import { fail, ok, warn } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import { reasonOf } from "../../core/systemErrors.ts";
import type { Roles } from "./context.ts";

const PATIENCE_MS = 3_000;
const healthSchema = z.object({ ok: z.boolean(), reasons: z.array(z.string()) });
export type Health = z.infer<typeof healthSchema>;

const isEverywhere = (host: string): boolean => /^(0\.0\.0\.0|::|\[::\])$/.test(host);

/** What a daemon of this configuration says of itself; undefined where none answers. */
export const askDaemon = ({ host, port }: Config["api"]): Promise<Health | undefined> => askHealth(`http://${isEverywhere(host) ? "127.0.0.1" : host}:${port}`);

async function askHealth(base: string): Promise<Health | undefined> {
  try {
    const response = await fetch(`${base}/health`, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error" });
    return healthSchema.parse(await response.json());
  } catch {
    return undefined;
  }
}

/** Whether a daemon can serve, or does, where others ask it. */
export async function checkApi({ api }: Config, roles: Roles): Promise<readonly Finding[]> {
  const { host, port, publicUrl } = api;
  const findings: Finding[] = [];
  if (roles.operator && publicUrl === undefined && isEverywhere(host)) {
    findings.push(fail("api", `api.host is ${host}, which is no address that a challenger can ask`, "set api.publicUrl (or OPG_PUBLIC_URL) to the address of this machine as others see it"));
  }
  if ((await askDaemon(api)) === undefined) {
    const why = await whyNoPort(host, port);
    const where = `${host}:${port}`;
    return [...findings, why === undefined ? ok("api", `a daemon can listen at ${where}`) : fail("api", `a daemon cannot listen at ${where}: ${why}`, "stop what listens there, or choose another api.host or api.port")];
  }
  findings.push(ok("api", `a daemon answers at ${host}:${port}`));
  if (publicUrl === undefined) return findings;
  const seen = await askHealth(publicUrl.replace(/\/$/, ""));
  findings.push(seen === undefined ? warn("api", `nothing answers at api.publicUrl, ${publicUrl}, as far as this machine can see`, "see that others reach it: what nobody can ask for is demanded on chain") : ok("api", `it answers at ${publicUrl}`));
  return findings;
}

function whyNoPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(reasonOf(error)));
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => server.close(() => resolve(undefined)));
  });
}
