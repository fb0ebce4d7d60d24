import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const root = join(import.meta.dirname, "../../..");

describe("npm run demo -- --json", function () {
  this.timeout(180_000);

  it("tells its four stories and ends with one JSON line in which everything holds", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["scripts/demo/demo.ts", "--json"], { cwd: root });
    const lines = stdout.trim().split("\n");
    const report = JSON.parse(lines[lines.length - 1]) as {
      jobs: { id: string; model: string; status: string; reason: string }[];
      gas: Record<string, number>;
      balances: Record<string, { before: string; after: string }>;
      checks: Record<string, boolean>;
      ok: boolean;
    };
    expect(report.ok, JSON.stringify(report.checks)).to.equal(true);
    expect(report.jobs.map(({ status }) => status)).to.deep.equal(["Final", "Final", "Final", "Convicted", "Refunded", "Final"]);
    expect(new Set(report.jobs.map(({ id }) => id)).size).to.equal(6);
    const { request, submit, finalize, challenge, open, convict } = report.gas;
    expect(request + submit + finalize).to.be.at.most(170_000);
    expect(challenge + open + convict).to.be.at.most(600_000);
    expect(Number(report.balances.liar.before) - Number(report.balances.liar.after)).to.equal(100);
  });
});
