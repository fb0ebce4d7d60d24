import { expect } from "chai";
import { network } from "hardhat";
import { RELEASES, readJudge } from "../../../oracle/chain/verifiers.ts";
import { releaseOf, requireKnown } from "../../../core/program/judge.ts";
import type { Judge, Release } from "../../../core/program/judge.ts";
import type { Hex } from "../../../core/hex.ts";
import { deployFamilies, deployVerifier } from "../../support/families.ts";
import { deployForTests, publish } from "../../support/protocol.ts";

const connection = await network.create();
const { ethers } = connection;

/** What a node answers, without its transport. */
const rpc = {
  name: "test",
  async call(method: string, params: unknown[], shape: { parse(value: unknown): unknown }) {
    return shape.parse(await connection.provider.request({ method, params }));
  },
} as unknown as Parameters<typeof readJudge>[0];

const deployed = async (families?: readonly string[]): Promise<Hex> => (await deployVerifier(connection, families)).toLowerCase() as Hex;

const families = await deployFamilies(connection);
const genuine = await deployed(families);
const stranger = (await (await ethers.deployContract("AlphabetVerifier")).getAddress()).toLowerCase() as Hex;
const strangeFamily = await (await ethers.deployContract("CopyFamily")).getAddress();

/** Tables that a publisher might choose for genuine code. */
const TABLES: Record<string, string[]> = {
  "a family too few": families.slice(0, -1),
  "a family twice": [...families, families[0]],
  "two families in each other's place": [families[1], families[0], ...families.slice(2)],
  "a foreign family": [strangeFamily, ...families.slice(1)],
  "a foreign family last": [...families.slice(0, -1), strangeFamily],
  "a family without code": [...families.slice(0, -1), "0x00000000000000000000000000000000000000fa"],
};

const refusal = (judge: Judge): string => {
  try {
    return `known as ${requireKnown(judge)}`;
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
};

describe("who judges a version", () => {
  it("is known by the code of the verifier and of every family, wherever they are deployed", async () => {
    const judge = await readJudge(rpc, genuine);
    expect(judge.release).to.equal(RELEASES.at(-1)!.release);
    expect(judge.families).to.deep.equal(families.map((family) => family.toLowerCase()));
    const again = await readJudge(rpc, await deployed());
    expect(again.code).to.deep.equal(judge.code);
    expect(requireKnown(again)).to.equal(judge.release);
  });

  for (const [what, table] of Object.entries(TABLES)) {
    it(`is refused by name with ${what}`, async () => {
      const judge = await readJudge(rpc, await deployed(table));
      expect(judge.release).to.equal(undefined);
      const said = refusal(judge);
      expect(said).to.include("VERIFIER_UNKNOWN").and.include(judge.address);
      if (table.length !== RELEASES[0].families.length) expect(said).to.include(`routes to ${table.length} families`);
      for (const [i, family] of judge.families.entries()) {
        if (table.length === RELEASES[0].families.length && judge.code.families[i] !== RELEASES[0].families[i]) expect(said).to.include(`family ${i + 1} at ${family}`).and.include(judge.code.families[i]);
      }
    });
  }

  for (const count of [5_000n, 2n ** 70n + 77n])
    it(`is refused by name, in two questions, where known code stands on a table of ${count} families that its deployer wrote`, async () => {
      // Init code that writes the number of families (slot 1) itself and returns the known code.
      const code = (await ethers.provider.getCode(genuine)).slice(2);
      const start = `7f${count.toString(16).padStart(64, "0")}600155`;
      const size = (code.length / 2).toString(16).padStart(4, "0");
      const at = (start.length / 2 + 11).toString(16).padStart(4, "0");
      const [signer] = await ethers.getSigners();
      const sent = await signer.sendTransaction({ data: `0x${start}61${size}8061${at}5f395ff3${code}` });
      const forged = (await sent.wait())!.contractAddress!.toLowerCase() as Hex;
      expect(await ethers.provider.getCode(forged)).to.equal(await ethers.provider.getCode(genuine));
      const asked: string[] = [];
      const call = (...asking: Parameters<typeof rpc.call>) => (asked.push(asking[0]), rpc.call(...asking));
      const judge = await readJudge({ ...rpc, call } as typeof rpc, forged);
      expect(asked).to.deep.equal(["eth_getCode", "eth_call"]);
      const said = refusal(judge);
      expect(said).to.include("VERIFIER_UNKNOWN").and.include(`routes to ${count % 256n} families`);
      expect(said.length).to.be.lessThan(2_000);
      const protocol = await deployForTests(connection, { verifier: genuine });
      expect(await protocol.lens.isVerifierKnown(forged)).to.equal(false);
    });

  it("is refused by name where the verifier itself is foreign, without a question to it", async () => {
    const asked: string[] = [];
    const call = (...asking: Parameters<typeof rpc.call>) => (asked.push(asking[0]), rpc.call(...asking));
    const listening = { ...rpc, call } as typeof rpc;
    const judge = await readJudge(listening, stranger);
    expect(asked).to.deep.equal(["eth_getCode"]);
    const said = refusal(judge);
    for (const part of ["VERIFIER_UNKNOWN", stranger, judge.code.verifier, RELEASES[0].verifier]) expect(said).to.include(part);
    const nobody = await readJudge(rpc, "0x00000000000000000000000000000000000000aa");
    expect(refusal(nobody)).to.include("VERIFIER_UNKNOWN");
  });

  it("may be of any release on file", () => {
    const older: Release = { release: "0.0.1", verifier: RELEASES[0].verifier, families: RELEASES[0].families.slice(0, 3) };
    expect(releaseOf(older, [older, ...RELEASES])).to.equal("0.0.1");
    expect(releaseOf(RELEASES[0], [older, ...RELEASES])).to.equal(RELEASES[0].release);
    expect(releaseOf({ ...older, families: older.families.slice(1) }, [older, ...RELEASES])).to.equal(undefined);
  });

  it("is shown by the lens, by the same rule", async () => {
    const protocol = await deployForTests(connection, { verifier: genuine });
    const { lens } = protocol;
    const known = (at: string) => lens.isVerifierKnown(at) as Promise<boolean>;
    expect(await known(genuine)).to.equal(true);
    expect(await known(stranger)).to.equal(false);
    expect(await known(protocol.signers[0].address)).to.equal(false);
    for (const [what, table] of Object.entries(TABLES)) expect(await known(await deployed(table)), what).to.equal(false);
    const versions = [(await publish(protocol)).version, (await publish(protocol, { verifier: stranger })).version];
    const shown = (await lens.versions(versions)) as { verifier: string; verifierKnown: boolean }[];
    expect(shown.map(({ verifier, verifierKnown }) => [verifier.toLowerCase(), verifierKnown])).to.deep.equal([
      [genuine, true],
      [stranger, false],
    ]);
  });

  it("has at least one family and at most as many as opcodes can name", async () => {
    const verifier = await ethers.getContractFactory("OpVerifier");
    await expect(verifier.deploy([])).to.be.revertedWithCustomError(verifier, "FamilyCount").withArgs(0, 255);
    await expect(verifier.deploy(Array<string>(256).fill(families[0]))).to.be.revertedWithCustomError(verifier, "FamilyCount").withArgs(256, 255);
    const full = await verifier.deploy(Array<string>(255).fill(families[0]));
    expect(await full.familyOf(0xffff)).to.equal(families[0]);
    await expect(full.familyOf(0x00ff)).to.be.revertedWithCustomError(verifier, "FamilyUnknown").withArgs(0xff);
  });
});
