import { createHash } from "node:crypto";
import { code as DAG_PB, encode, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { code as RAW } from "multiformats/codecs/raw";
import { create } from "multiformats/hashes/digest";

/**
 * How a file is cut where nothing else is asked for, by `ipfs add --cid-version=1`: leaves of so many bytes, and nodes of so many
 * links above them until one is left. Another way to cut it gives another CID for the same bytes.
 */
export const CHUNK_BYTES = 262_144;
const LINKS = 174;

/** Multihash code of SHA-256. */
const SHA_256 = 0x12;

/** A node of the file's tree: the bytes of the file below it, and those with all blocks. */
interface Node {
  readonly cid: CID;
  readonly bytes: number;
  readonly total: number;
}

const digestOf = (block: Uint8Array) => create(SHA_256, createHash("sha256").update(block).digest());

function parentOf(children: readonly Node[]): Node {
  const file = new UnixFS({ type: "file", blockSizes: children.map(({ bytes }) => BigInt(bytes)) });
  const links = children.map(({ cid, total }) => ({ Name: "", Tsize: total, Hash: cid }));
  const block = encode(prepare({ Data: file.marshal(), Links: links }));
  const sum = (key: "bytes" | "total") => children.reduce((all, child) => all + child[key], 0);
  return { cid: CID.createV1(DAG_PB, digestOf(block)), bytes: sum("bytes"), total: block.length + sum("total") };
}

/** The address under which IPFS has a file that was added with its defaults: CIDv1 in base 32. */
export function cidOf(content: Uint8Array): string {
  let level: Node[] = [];
  for (let at = 0; at === 0 || at < content.length; at += CHUNK_BYTES) {
    const leaf = content.subarray(at, at + CHUNK_BYTES);
    level.push({ cid: CID.createV1(RAW, digestOf(leaf)), bytes: leaf.length, total: leaf.length });
  }
  while (level.length > 1) {
    level = Array.from({ length: Math.ceil(level.length / LINKS) }, (_, i) => parentOf(level.slice(i * LINKS, (i + 1) * LINKS)));
  }
  return level[0].cid.toString();
}
