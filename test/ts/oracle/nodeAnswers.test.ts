import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { z } from "zod";
import { leastTip, revertData, sortAnswer, sortRefusal, type Answer, type Refusal } from "../../../oracle/chain/answers.ts";
import { bloomQuestion } from "../../../oracle/chain/bloom.ts";
import { Rpc, RpcFault } from "../../../oracle/chain/rpc.ts";
import { readLogs } from "../../../oracle/chain/blocks.ts";
import type { Hex } from "../../../core/hex.ts";
import { Redactor, secretsOf } from "../../../core/secrets.ts";
import { DEVNETS } from "../../support/devnets.ts";

describe("what nodes answer", () => {
  const answers: readonly (readonly [Answer, string, { status?: number; code?: number; message?: string; data?: unknown }])[] = [
    ["busy", "eth_call", { status: 429 }],
    ["busy", "eth_call", { status: 502 }],
    ["busy", "eth_call", { status: 504 }],
    ["too-much", "eth_getLogs", { status: 504 }],
    ["too-much", "eth_getLogs", { status: 413 }],
    ["forbidden", "eth_call", { status: 401 }],
    ["forbidden", "eth_call", { status: 403 }],
    ["busy", "eth_call", { code: 429, message: "Your app has exceeded its compute units per second capacity" }],
    ["busy", "eth_getLogs", { code: -32_005, message: "daily request count exceeded, request rate limited" }],
    ["too-much", "eth_getLogs", { code: -32_005, message: "query returned more than 10000 results" }],
    ["too-much", "eth_getLogs", { code: -32_602, message: "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range" }],
    ["too-much", "eth_getLogs", { code: -32_000, message: "exceed maximum block range: 5000" }],
    ["too-much", "eth_getLogs", { code: -32_000, message: "query timeout exceeded" }],
    ["missing", "eth_getLogs", { code: -32_000, message: "block range extends beyond current head block" }],
    ["missing", "eth_getLogs", { code: -32_602, message: "BlockOutOfRangeError: block height is 1 but requested was 16" }],
    ["missing", "eth_getLogs", { code: -32_602, message: "blockHash cannot be found" }],
    ["missing", "eth_getLogs", { code: -32_000, message: "unknown block" }],
    ["missing", "eth_call", { code: -32_000, message: "header not found" }],
    ["missing", "eth_call", { code: -32_000, message: "missing trie node abc (path )" }],
    ["missing", "eth_call", { code: -32_000, message: "Received invalid block tag 32. Latest block number is 1" }],
    ["missing", "eth_call", { code: -32_001, message: "resource not found" }],
    ["busy", "eth_getTransactionReceipt", { code: -32_000, message: "transaction indexing is in progress" }],
    ["unsupported", "eth_maxPriorityFeePerGas", { code: -32_601, message: "the method eth_maxPriorityFeePerGas does not exist/is not available" }],
    ["unsupported", "eth_getBlockReceipts", { code: -32_004, message: "Method eth_getBlockReceipts is not supported" }],
    ["unsupported", "eth_call", { code: -32_000, message: "pending block is not available" }],
    ["unsupported", "eth_estimateGas", { code: -32_602, message: "unsupported block tag pending" }],
    ["reverted", "eth_call", { code: 3, message: "execution reverted", data: "0x08c379a0" }],
    ["reverted", "eth_call", { code: -32_015, message: "VM execution error.", data: "Reverted 0x08c379a0" }],
    ["reverted", "eth_call", { code: -32_000, message: "Execution reverted" }],
    ["reverted", "eth_call", { code: -32_603, message: "Error: VM Exception while processing transaction: reverted with custom error 'A()'", data: { message: "reverted", data: "0x12345678" } }],
    ["reverted", "eth_estimateGas", { code: -32_000, message: "gas required exceeds allowance (30000000)" }],
    ["busy", "eth_call", { code: -32_005, message: "limit exceeded", data: "0x" }],
    ["other", "eth_call", { code: -32_000, message: "something new" }],
  ];
  for (const [answer, method, { status, code = 0, message = `HTTP ${status}`, data }] of answers) {
    it(`${method}: ${status === undefined ? `${code} ` : ""}"${message}" is ${answer}`, () => {
      const fault = new RpcFault(method, { code, message, data, ...(status !== undefined && { status }) });
      expect(fault.answer).to.equal(answer);
    });
  }

  it("finds what the EVM reverted with, wherever a node puts it", () => {
    for (const data of ["0xABCD", "Reverted 0xabcd", { data: "0xabcd" }, { message: "m", data: { data: "0xabcd" } }, { result: "0xabcd" }]) {
      expect(revertData(data)).to.equal("0xabcd");
    }
    for (const data of [undefined, null, 7, "no", "0xabc", {}]) expect(revertData(data)).to.equal(undefined);
    expect(sortAnswer({ method: "eth_getLogs", message: "x", revert: "0xabcd" })).to.equal("other");
  });

  const refusals: readonly (readonly [Refusal, string])[] = [
    ["known", "already known"],
    ["known", "transaction already imported"],
    ["known", "Known transaction: 1f"],
    ["nonce-used", "nonce too low: next nonce 5, tx nonce 4"],
    ["nonce-used", "Nonce too low. Expected nonce to be 5 but got 4."],
    ["outbid", "replacement transaction underpriced"],
    ["fee-low", "transaction underpriced: gas tip cap 1, minimum needed 25000000000"],
    ["fee-low", "max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1, baseFee: 7"],
    ["gas-limit", "exceeds block gas limit"],
    ["gas-limit", "transaction gas limit too high (cap: 16777216, tx: 20000000)"],
    ["gas-limit", "intrinsic gas too low: gas 20000, minimum needed 21000"],
    ["funds", "insufficient funds for gas * price + value: balance 0, tx cost 1"],
    ["other", "txpool is full"],
    ["other", "oversized data"],
  ];
  for (const [kind, words] of refusals) it(`a transaction refused with "${words}" is ${kind}`, () => expect(sortRefusal(words)).to.equal(kind));

  it("reads the least tip that a refusal names", () => {
    expect(leastTip("transaction underpriced: gas tip cap 1500000000, minimum needed 25000000000")).to.equal(25_000_000_000n);
    expect(leastTip("minimum gas price is 30 gwei")).to.equal(30_000_000_000n);
    expect(leastTip("required tip: 1.5 gwei")).to.equal(1_500_000_000n);
    expect(leastTip("underpriced")).to.equal(undefined);
  });
});

type Script = (method: string, params: readonly unknown[], call: number) => { status?: number; body?: unknown; end?: true } | undefined;

describe("the road to the chain", () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => server.close()));

  /** A node that answers "0x1" unless the script says otherwise. */
  async function node(script: Script = () => undefined) {
    const seen: { method: string; authorization: string | undefined }[] = [];
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: unknown[] };
        seen.push({ method, authorization: request.headers.authorization });
        const said = script(method, params, seen.length) ?? {};
        if (said.end) return void response.destroy();
        response.writeHead(said.status ?? 200, { "content-type": "application/json" });
        const body = said.body ?? (said.status === undefined ? { result: "0x1" } : "");
        response.end(typeof body === "string" ? body : JSON.stringify({ jsonrpc: "2.0", id, ...(body as object) }));
      });
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  }
  const ask = (rpc: Rpc) => rpc.call("eth_chainId", [], z.string());
  const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error as Error & { code: string; kind: string });

  it("a fault in passing is not noticed: of any status, of any words, with another shape, or with no answer", async () => {
    const faults = [{ status: 401 }, { status: 403 }, { status: 429 }, { status: 502, body: "<html>" }, { end: true as const }, { body: { result: null } },
      { body: { id: null, error: { code: -32_700, message: "parse" } } }, { body: { error: { code: 429, message: "slow down" } } }, { body: "no json" }];
    for (const fault of faults) {
      const { url, seen } = await node((_m, _p, call) => (call === 1 ? fault : undefined));
      expect(await ask(new Rpc({ urls: [url] })), JSON.stringify(fault)).to.equal("0x1");
      expect(seen).to.have.length(2);
    }
  });

  it("a fault that stays is transient, and names the node and its words", async () => {
    const { url } = await node(() => ({ status: 403, body: "Forbidden" }));
    const error = await failure(ask(new Rpc({ urls: [url], attempts: 2 })));
    expect(error).to.include({ kind: "transient", code: "RPC_FORBIDDEN" });
    expect(error!.message).to.contain(url);
  });

  it("another node stands in for one that fails, and it is told", async () => {
    const [first, second] = [await node(() => ({ status: 503 })), await node()];
    const told: string[][] = [];
    const rpc = new Rpc({ urls: [first.url, second.url], onFailover: (from, to) => void told.push([from, to]) });
    expect(await ask(rpc)).to.equal("0x1");
    expect(told).to.deep.equal([[first.url, second.url]]);
    expect(await ask(rpc)).to.equal("0x1");
    expect(first.seen, "it is left alone for a while").to.have.length(1);
  });

  describe("where money depends on an answer", () => {
    const agreed = async (...scripts: (Script | undefined)[]) => {
      const nodes = await Promise.all(scripts.map((script) => node(script)));
      return new Rpc({ urls: nodes.map(({ url }) => url) }).agreed("eth_call", [], z.string());
    };
    const saying = (result: string): Script => () => ({ body: { result } });
    const reverting: Script = () => ({ body: { error: { code: 3, message: "execution reverted", data: "0x01" } } });

    it("two nodes have to say the same", async () => {
      expect(await agreed(saying("0x2"), saying("0x2"))).to.equal("0x2");
      expect(await failure(agreed(saying("0x2"), saying("0x3")))).to.include({ kind: "transient", code: "RPC_DISAGREE" });
      expect(await agreed(saying("0x2"), saying("0x3"), saying("0x3"))).to.equal("0x3");
      expect(await failure(agreed(saying("0x2"), reverting))).to.include({ code: "RPC_DISAGREE" });
      expect(await failure(agreed(reverting, reverting))).to.include({ answer: "reverted", revert: "0x01" });
    });

    it("one that is down leaves the word to the other, one that is behind does not", async () => {
      expect(await agreed(saying("0x2"), () => ({ end: true }))).to.equal("0x2");
      const behind: Script = () => ({ body: { error: { code: -32_000, message: "header not found" } } });
      expect(await failure(agreed(saying("0x2"), behind))).to.include({ kind: "transient" });
    });
  });

  it("user and password in the address become a header and are shown nowhere", async () => {
    const { url, seen } = await node((_m, _p, call) => (call === 1 ? undefined : { status: 401 }));
    const secret = url.replace("http://", "http://someone:s%40crets@");
    const rpc = new Rpc({ urls: [`${secret}/v3/0123456789abcdef?key=fedcba9876543210`], attempts: 1 });
    expect(await ask(rpc)).to.equal("0x1");
    expect(seen[0].authorization).to.equal(`Basic ${Buffer.from("someone:s@crets").toString("base64")}`);
    const error = (await failure(ask(rpc)))!;
    const text = `${rpc.name} ${error.message} ${error.stack} ${JSON.stringify(error)}`;
    const redactor = new Redactor();
    for (const each of secretsOf(`${secret}/v3/0123456789abcdef?key=fedcba9876543210`)) redactor.add(each);
    for (const part of ["someone", "s@crets", "s%40crets", "0123456789abcdef", "fedcba9876543210"]) {
      expect(text).to.not.contain(part);
      expect(redactor.scrub(`x ${part} y`)).to.not.contain(part);
    }
  });

  it("an address without a secret in it is shown as it is, one that is not encoded by the rules is taken", async () => {
    expect(secretsOf("http://127.0.0.1:8545")).to.deep.equal([]);
    expect(secretsOf("http://name%zz:pass%zz@node")).to.include("pass%zz");
    const { url, seen } = await node();
    expect(await ask(new Rpc({ urls: [url.replace("http://", "http://name%zz:pass%zz@")] }))).to.equal("0x1");
    expect(seen[0].authorization).to.equal(`Basic ${Buffer.from("name%zz:pass%zz").toString("base64")}`);
  });

  it("a stretch of logs that is too much is asked for in halves, one that the node is too busy for is not", async () => {
    const asked: string[] = [];
    const { url } = await node((_method, [filter], call) => {
      const { fromBlock, toBlock } = filter as { fromBlock: Hex; toBlock: Hex };
      asked.push(`${Number(fromBlock)}-${Number(toBlock)}`);
      if (call === 1) return { status: 429 };
      return Number(toBlock) - Number(fromBlock) > 2 ? { status: 504 } : { body: { result: [] } };
    });
    const logs = await readLogs(new Rpc({ urls: [url] }), { address: [`0x${"1".repeat(40)}`], topics: [] }, 0, 4);
    expect(logs).to.deep.equal([]);
    expect(asked).to.deep.equal(["0-4", "0-4", "0-2", "3-4"]);
  });
});

describe("the bloom of a header", function () {
  this.timeout(60_000);
  for (const { name, start } of DEVNETS) {
    it(`says of every log that it may be there, and of most others that they are not (${name})`, async () => {
      const devnet = await start();
      try {
        const { ethers } = devnet.connection;
        const [signer] = await ethers.getSigners();
        const token = await ethers.deployContract("OPG", [signer.address]);
        const receipt = (await (await token.getFunction("transfer")(`0x${"7".repeat(40)}`, 5n)).wait())!;
        const [log] = receipt.logs;
        const block = (await devnet.connection.provider.request({ method: "eth_getBlockByHash", params: [receipt.blockHash, false] })) as { logsBloom: Hex };
        const address = log.address.toLowerCase() as Hex;
        const topic = log.topics[0] as Hex;
        expect(bloomQuestion([address], [topic])(block.logsBloom)).to.equal(true);
        expect(bloomQuestion([`0x${"1".repeat(40)}`, address], [`0x${"2".repeat(64)}`, topic])(block.logsBloom)).to.equal(true);
        const others = Array.from({ length: 200 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}` as Hex);
        expect(others.filter((other) => bloomQuestion([other], [topic])(block.logsBloom))).to.deep.equal([]);
        expect(bloomQuestion([address], [`0x${"3".repeat(64)}`])(block.logsBloom)).to.equal(false);
      } finally {
        await devnet.close();
      }
    });
  }
});
