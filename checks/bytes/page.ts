/** docs/bytes.md: one job and one conviction in real bytes, from what was played. */
import { concat, dataLength, EventFragment, getBytes, hexlify, keccak256, type Log } from "ethers";
import { join } from "node:path";
import { commitTrace } from "../../core/dispute/evidence.ts";
import { headerLeaf, keccakNode, rowLeaf, traceLeaf } from "../../core/merkle/keccakTree.ts";
import { encodeHeader, inlineCommitment, programTree, traceTree } from "../../core/program/program.ts";
import { encodeRow } from "../../core/program/row.ts";
import { abiPieces, lines, type Meaning, type Piece } from "./pieces.ts";
import { BIAS, HONEST, INPUT, LYING, PROGRAM, TENSORS, WEIGHTS } from "./program.ts";
import type { Played, Sent } from "./scene.ts";
import { meaningOf, readHeader, readRow } from "./wire.ts";

export const BYTES_FILE = join(import.meta.dirname, "..", "..", "docs", "bytes.md");
const ZERO = `0x${"00".repeat(32)}`;
const RUNS = { honest: HONEST, lying: LYING } as const;

const code = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;
const rootsOf = (run: readonly Uint8Array[]): string[] => commitTrace(PROGRAM, run).map(({ root }) => root);

/** Hashes of the program's tree and what they are, leaves first. */
function programHashes(): [name: string, hash: string][] {
  const header = headerLeaf(encodeHeader(PROGRAM));
  const [first, second] = PROGRAM.nodes.map((node) => rowLeaf(encodeRow(node)));
  const [left, right] = [keccakNode(header, first), keccakNode(second, ZERO)];
  return [
    ["leaf 0 = keccak(0x02 ‖ header)", header],
    ["leaf 1 = keccak(0x00 ‖ row 0)", first],
    ["leaf 2 = keccak(0x00 ‖ row 1)", second],
    ["node 0 = keccak(0x01 ‖ leaf 0 ‖ leaf 1)", left],
    ["node 1 = keccak(0x01 ‖ leaf 2 ‖ zero)", right],
    ["program root = keccak(0x01 ‖ node 0 ‖ node 1)", keccakNode(left, right)],
  ];
}

/** Hashes of a run: tensor roots, and the tree over them. */
function traceHashes(run: readonly Uint8Array[]): [name: string, hash: string][] {
  const roots = rootsOf(run);
  const leaves = roots.map(traceLeaf);
  const [left, right] = [keccakNode(leaves[0], leaves[1]), keccakNode(leaves[2], ZERO)];
  return [
    ...roots.map((root, id): [string, string] => [`root of ${TENSORS[id]} = SHA-256(0x00 ‖ its bytes, zeros up to 1,024)`, root]),
    ...leaves.map((leaf, id): [string, string] => [`leaf ${id} = keccak(0x00 ‖ root of ${TENSORS[id]})`, leaf]),
    ["node 0 = keccak(0x01 ‖ leaf 0 ‖ leaf 1)", left],
    ["node 1 = keccak(0x01 ‖ leaf 2 ‖ zero)", right],
    ["tree root = keccak(0x01 ‖ node 0 ‖ node 1)", keccakNode(left, right)],
    ["trace root = its high 31 bytes ‖ depth 2", traceTree(roots).root],
  ];
}

const table = (hashes: readonly (readonly [string, string])[]): string => code(hashes.map(([name, hash]) => `${hash}  ${name}`).join("\n"));

function knownIn(played: Played): Map<string, string> {
  const known = new Map<string, string>();
  const know = (hash: string, name: string): void => void (known.has(hash.slice(2)) || known.set(hash.slice(2), name));
  for (const [address, name] of Object.entries(played.names)) know(address, name);
  const short = (name: string): string => name.split(" = ")[0];
  for (const [name, hash] of programHashes()) know(hash, name.startsWith("program") ? short(name) : `${short(name)} of the program tree`);
  const [honest, lying] = [traceHashes(HONEST), traceHashes(LYING)];
  for (const [i, [name, hash]] of honest.entries()) know(hash, `${short(name)}, ${hash === lying[i][1] ? "both runs" : "honest run"}`);
  for (const [name, hash] of lying) know(hash, `${short(name)}, lying run`);
  know(played.version, "the version");
  know(inlineCommitment(INPUT), "keccak(0x00 ‖ input)");
  for (const [run, trace] of Object.entries(RUNS)) know(inlineCommitment(trace.at(-1)!), `keccak(0x00 ‖ output), ${run} run`);
  know(played.commitment, "the commitment");
  know(played.salt, "the salt");
  return known;
}

function calldata({ data, name, to }: Sent, played: Played, meaning: Meaning): string {
  const fragment = contractAt(played, to).getFunction(name)!;
  const bytes = getBytes(data);
  const selector: Piece = { at: 0, size: 4, field: "selector", says: fragment.format("sighash") };
  const values = abiPieces(fragment.inputs, bytes.subarray(4), 0, meaning).map((piece) => ({ ...piece, at: piece.at + 4 }));
  return code(lines(bytes, [selector, ...values]));
}

const contractAt = ({ names, contracts }: Played, address: string) => contracts[names[address.toLowerCase()]].interface;

function eventText(log: Log, played: Played, meaning: Meaning): string {
  const event = contractAt(played, log.address).getEvent(log.topics[0]) ?? EventFragment.from("Unknown()");
  const indexed = event.inputs.filter((input) => input.indexed === true);
  const topics = indexed.map((input, i) => {
    const topic = getBytes(log.topics[i + 1]);
    return lines(topic, abiPieces([input], topic, 0, meaning)).replace(/^/gm, `topic ${i + 1} `);
  });
  const data = getBytes(log.data);
  const rest = event.inputs.filter((input) => input.indexed !== true);
  const body = data.length === 0 ? [] : [lines(data, abiPieces(rest, data, 0, meaning)).replace(/^/gm, "data    ")];
  const name = `${played.names[log.address.toLowerCase()]}.${event.name}`;
  return `Event \`${name}\`, topic 0 \`${log.topics[0]}\`:\n\n${code([...topics, ...body].join("\n"))}`;
}

/** What is said of a step before its bytes. */
type Told = Readonly<Record<string, string>>;

function step(sent: Sent, at: string, says: string, played: Played, meaning: Meaning): string {
  const from = played.names[sent.from.toLowerCase()];
  const to = played.names[sent.to.toLowerCase()];
  const events = sent.receipt.logs.map((log) => eventText(log as Log, played, meaning));
  const size = `${dataLength(sent.data).toLocaleString("en")} bytes`;
  return [`### ${at} \`${sent.name}\`: ${from} to ${to}`, `${says} Calldata, ${size}:`, calldata(sent, played, meaning), ...events].join("\n\n");
}

const steps = (part: string, all: readonly Sent[], told: Told, played: Played, meaning: Meaning): string[] =>
  all.map((sent, i) => step(sent, `${part}.${i + 1}`, told[sent.name], played, meaning));

const JOB: Told = {
  request: "The requester asks the operator by name for one inference. The fee leaves its prepaid balance.",
  submit: "The operator brings the job as the event gave it (protocol §3.1), and the output.",
  finalize: "The window is over. Anyone may call it; the job is as `JobSubmitted` gave it.",
};

const CONVICTION: Told = {
  request: "The same request again: another nonce and another deadline, and so another job.",
  submit: "This time the operator submits an output that it reached by way of a wrong number.",
  challenge: "The watcher recomputed y, and its second number is another one.",
  open: "The operator shows its trace (protocol §4.5, *Opening*). The top holds all tensor roots, for there are no more than 64.",
  commit:
    "The watcher commits to its proof before it shows it: `keccak(chainid ‖ game ‖ jobId ‖ challenger ‖ keccak(proof) ‖ salt)`, each a word. " +
    "A salt is drawn at random; this one is not, for the page.",
  convict:
    "The proof (protocol §4.5, *Proof*): element 1 of node 0, all that it depends on, and the paths up to both roots. " +
    "The verifier computes the number anew, 1 · −1 + −2 · 0.25 + 0.5 · 2 + 3 · 3 + 0 = 8.5, and the trace has another.",
  collect: "After `rewardPeriod` the reward goes to who holds it.",
  reclaim: "A challenger of a convicted job takes its fee back.",
};

const INTRODUCTION = `# One job and one conviction in real bytes

*This page is made by \`npm run bytes\`, which plays both on a chain inside the process. A test compares it with what is played.*

It shows every byte of the transactions and events in the two pictures of the [protocol](protocol.md#at-a-glance),
for whoever writes a client of its own. Words: [glossary](glossary.md).

- The requester is an account, which asks for no callback. The operator withholds nothing, so nothing is demanded.
- A line has the place of its first byte, up to 32 bytes, and the field with its value.
- Integers are big-endian, elements of tensors little-endian.
- The ABI puts what has no fixed length behind what has, and says where: *stands 192 bytes on from byte 64*.
  Such places count without the selector, and within \`opening\` and \`proof\` from their own first byte.
- Times are Unix seconds on that chain.`;

const floatsIn = (bytes: Uint8Array): string => Array.from(new Float32Array(bytes.slice().buffer)).join(", ");

function programSection(): string[] {
  const header = encodeHeader(PROGRAM);
  const rows = PROGRAM.nodes.map((node) => encodeRow(node));
  return [
    "## 1. The program",
    "y = Relu(h), h = x · W + b, in float32, with x of the shape [1, 4]. It is written by hand, so that the bytes are the same on every machine.",
    code(`W = ${WEIGHTS.join(", ")}\nb = ${BIAS.join(", ")}`),
    `Header ([protocol §1.5](protocol.md#15-header-and-program-root)), ${header.length} bytes:`,
    code(lines(header, readHeader(header, 0, "header"))),
    ...rows.flatMap((row, i) => [
      `Row ${i}, ${PROGRAM.nodes[i].op} ([protocol §1.4](protocol.md#14-node-row)), ${row.length} bytes:`,
      code(lines(row, readRow(row, 0, "row"))),
    ]),
    "The tree, and its root, which a version fixes:",
    table(programHashes()),
  ];
}

function runSection(): string[] {
  return [
    "## 2. Two runs",
    "The liar moves h[1] by one unit in the last place, and computes on from that.",
    ...Object.entries(RUNS).flatMap(([name, run]) => [
      `The ${name} run ([protocol §1.3](protocol.md#13-tensor-root), [§1.6](protocol.md#16-trace-root)):`,
      code(run.map((bytes, id) => `${TENSORS[id]}  ${Buffer.from(bytes).toString("hex").padEnd(32)}  ${floatsIn(bytes)}`).join("\n")),
      table(traceHashes(run)),
    ]),
  ];
}

function partySection(played: Played): string[] {
  const all = Object.entries(played.names).map(([address, name]) => `${address}  ${name}`);
  const version = `${played.version}  the version, which costs 1 OPG`;
  return ["## 3. Who is who", code([...all, version, `${inlineCommitment(INPUT)}  keccak(0x00 ‖ input)`].join("\n"))];
}

function commitmentSection(played: Played): string[] {
  const { wrong, commitment, proof, salt } = played;
  const job = concat([hexWord(wrong.id), wrong.version, wrong.input, hexWord(wrong.terms), hexWord(wrong.claim), wrong.output]);
  return [
    "## 6. Hashes of the conviction",
    table([
      ["keccak(job), of whose six words the chain stores the high 31 bytes", keccak256(job)],
      ["keccak(proof)", keccak256(proof)],
      ["salt", salt],
      ["the commitment", commitment],
    ]),
  ];
}

const hexWord = (value: bigint): string => hexlify(getBytes(`0x${value.toString(16).padStart(64, "0")}`));

/** The page. */
export function bytesPage(played: Played): string {
  const meaning = meaningOf(knownIn(played));
  const isShown = programHashes().at(-1)![1] === programTree(PROGRAM).root && traceHashes(LYING).at(-1)![1] === played.lyingRoot;
  if (!isShown) throw new Error("a root on the page is not that of the program or the trace");
  const parts = [
    INTRODUCTION,
    ...programSection(),
    ...runSection(),
    ...partySection(played),
    "## 4. One job",
    ...steps("4", played.job, JOB, played, meaning),
    "## 5. One conviction",
    ...steps("5", played.conviction, CONVICTION, played, meaning),
    ...commitmentSection(played),
  ];
  return `${parts.join("\n\n")}\n`;
}
