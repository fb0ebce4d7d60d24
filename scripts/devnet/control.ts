/** The devnet's own HTTP interface: coins for whoever asks, the chain's clock, the published files, and what runs. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import cors from "@fastify/cors";
import { fastify } from "fastify";
import { getAddress, isAddress, Interface, parseUnits } from "ethers";
import { z } from "zod";
import type { Devnet as Running } from "../../oracle/config/devnet.ts";
import { inputError, OpgError } from "../../core/errors.ts";
import { isLoopbackHost } from "../../core/uris.ts";
import type { Stage } from "./stage.ts";

/** What the faucet gives where nothing is said, in whole OPG and whole native coins. */
const GIFT = { opg: "1000", native: "10" } as const;
/** A century: far enough, and within what every clock of the protocol can hold. */
const LONGEST = 100 * 365 * 86_400;

const amount = z.string().regex(/^\d{1,8}(\.\d{1,18})?$/, { error: 'must be an amount such as "100" or "0.5"' });
const recipient = { error: "must be an address: 0x and 40 hex digits, in small letters or with the right checksum" };
const duration = { error: `must be a whole number from 1 to ${LONGEST}` };
const faucetBody = z.strictObject({
  address: z.string(recipient).refine((text) => isAddress(text), recipient),
  opg: amount.default(GIFT.opg),
  native: amount.default(GIFT.native),
});
const passBody = z.strictObject({ seconds: z.number(duration).int(duration).min(1, duration).max(LONGEST, duration) });

/** Where the published files are. */
export const PUBLISHED = "/published";
const PUBLISHED_NAME = /^[\w-]+\.(onnx|program\.json|card\.json)$/;

const transfer = new Interface(["function transfer(address to, uint256 amount) returns (bool)"]);

export interface Control {
  readonly url: string;
  /** What it controls from now on. */
  serve(stage: Stage): void;
  /** Says from now on that this runs. */
  show(running: Running): void;
  close(): Promise<void>;
}

/** @param published folder of the files that it gives to everybody, below PUBLISHED */
export async function startControl(published: string, port: number): Promise<Control> {
  let shown: Running | undefined;
  let served: Stage | undefined;
  const stage = (): Stage => {
    if (served !== undefined) return served;
    throw inputError("DEVNET_ASKED", "the devnet is not up yet", { fix: "ask again in a few seconds" });
  };

  /** Sent by the node, which knows its accounts' keys: so that no nonce is counted twice. */
  async function send(to: string, value: bigint, data = "0x"): Promise<string> {
    const { provider, address } = stage();
    const from = address("publisher");
    const hash = (await provider.send("eth_sendTransaction", [{ from, to, value: `0x${value.toString(16)}`, data }])) as string;
    const receipt = await provider.waitForTransaction(hash);
    if (receipt?.status !== 1) throw inputError("DEVNET_ASKED", `the chain refused transaction ${hash}`, { fix: "ask for less" });
    return hash;
  }

  async function give(body: unknown) {
    const { address, opg, native } = parse(faucetBody, body);
    const to = getAddress(address);
    const transactions = [
      ...(parseUnits(opg) === 0n ? [] : [await send(stage().deployment.opg, 0n, transfer.encodeFunctionData("transfer", [to, parseUnits(opg)]))]),
      ...(parseUnits(native) === 0n ? [] : [await send(to, parseUnits(native))]),
    ];
    return { address: to, opg, native, transactions };
  }

  async function pass(body: unknown) {
    await stage().travel(parse(passBody, body).seconds);
    return head();
  }

  async function head() {
    const block = await stage().provider.getBlock("latest");
    return { block: block!.number, timestamp: block!.timestamp };
  }

  const server = fastify({ logger: false, bodyLimit: 4_096 });
  // So that it can be read in a terminal.
  server.addHook("onSend", (_request, _reply, payload, done) => done(null, typeof payload === "string" ? `${payload}\n` : payload));
  // Pages that this machine serves, such as the explorer's, may ask as well.
  await server.register(cors, { origin: (origin, done) => done(null, isLoopbackHost(URL.parse(origin ?? "")?.hostname ?? "")), methods: ["GET", "HEAD", "POST"] });
  server.post("/faucet", (request) => give(request.body));
  server.post("/pass", (request) => pass(request.body));
  server.get<{ Params: { name: string } }>(`${PUBLISHED}/:name`, async ({ params: { name } }, reply) => {
    const path = join(published, name);
    const found = PUBLISHED_NAME.test(name) ? await stat(path).catch(() => undefined) : undefined;
    if (found?.isFile() !== true) return reply.callNotFound();
    return reply.header("content-length", found.size).type("application/octet-stream").send(createReadStream(path));
  });
  server.get("/status", async () => ({ ...shown, ...(await head()) }));
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found", fix: `POST /faucet, POST /pass, GET /status or GET ${PUBLISHED}/NAME` }));
  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof OpgError) return reply.code(400).send({ error: error.message, fix: error.fix });
    const { statusCode = 500, message } = error as { statusCode?: number; message: string };
    return reply.code(statusCode).send({ error: message });
  });
  const url = await server.listen({ host: "127.0.0.1", port });
  return { url, serve: (stage) => void (served = stage), show: (running) => void (shown = running), close: () => server.close() };
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the body"} ${message}`);
  throw inputError("DEVNET_ASKED", faults.join("; "), { fix: "correct what is asked for" });
}
