import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ENVIRONMENT } from "../../../oracle/config/schema.ts";
import { opg } from "../../support/commandLine.ts";

const SYSTEMD = join(import.meta.dirname, "..", "..", "..", "deploy", "systemd");

/** Section → directive → its values, in order. */
function unit(file: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>();
  let current = new Map<string, string[]>();
  for (const line of readFileSync(join(SYSTEMD, file), "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [, section] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (section !== undefined) sections.set(section, (current = new Map()));
    else if (name !== undefined) current.set(name, [...(current.get(name) ?? []), value!]);
    else throw new Error(`${file}: neither a section nor a directive: ${line}`);
  }
  return sections;
}

describe("systemd units", () => {
  for (const file of ["opg.service", "opg-worker@.service"]) {
    const service = unit(file).get("Service")!;

    it(`${file} starts a command that opg knows, with options that it knows`, async () => {
      const [node, script, ...argv] = service.get("ExecStart")![0]!.split(" ");
      expect([node, script]).to.deep.equal(["/usr/bin/node", "/opt/opg/oracle/opg.mjs"]);
      const { code, stdout } = await opg([argv[0]!, "--help"], {}, SYSTEMD);
      expect(code).to.equal(0);
      for (const option of argv.slice(1)) expect(stdout).to.include(option);
      expect((await opg(["--help"], {}, SYSTEMD)).stdout).to.match(new RegExp(`^  ${argv[0]} `, "m"));
    });

    it(`${file} comes back whatever ends it, and is asked to end before it is made to`, () => {
      expect(service.get("Restart")).to.deep.equal(["always"]);
      expect(unit(file).get("Unit")!.get("StartLimitIntervalSec")).to.deep.equal(["0"]);
      expect(service.get("KillSignal")).to.deep.equal(["SIGTERM"]);
      expect(unit(file).get("Install")!.get("WantedBy")).to.deep.equal(["multi-user.target"]);
    });

    it(`${file} may write to its own folder and to shared evidence, and gains no right`, () => {
      const wanted = { NoNewPrivileges: "yes", ProtectSystem: "strict", ProtectHome: "yes", PrivateTmp: "yes", CapabilityBoundingSet: "", UMask: "0077", User: "opg", StateDirectoryMode: "0700" };
      for (const [name, value] of Object.entries(wanted)) expect(service.get(name), name).to.deep.equal([value]);
      const set = Object.fromEntries(service.get("Environment")!.map((line) => line.split("=")));
      expect(set.OPG_DATA_DIR).to.equal(`/var/lib/${service.get("StateDirectory")![0]}`);
      expect(service.get("ReadWritePaths")).to.deep.equal(["-/var/lib/opg-evidence"]);
    });

    it(`${file} takes its settings from a file, and sets nothing that opg does not know`, () => {
      expect(service.get("EnvironmentFile")![0]).to.match(/^\/etc\/opg\/[a-z]+\.env$/);
      const known = new Set([...ENVIRONMENT.map(([name]) => name), "OPG_CONFIG"]);
      for (const line of service.get("Environment")!) expect([...known]).to.include(line.split("=")[0]);
    });
  }

  it("the key is handed to the daemon alone, by a credential that no other process can read", () => {
    const daemon = unit("opg.service").get("Service")!;
    expect(daemon.get("LoadCredential")).to.deep.equal(["keystore:/etc/opg/keystore.json", "password:/etc/opg/keystore.password"]);
    expect(daemon.get("Environment")).to.include.members(["OPG_KEYSTORE=%d/keystore", "OPG_PASSWORD_FILE=%d/password"]);
    const worker = unit("opg-worker@.service").get("Service")!;
    expect(worker.has("LoadCredential")).to.equal(false);
    expect(worker.get("Environment")!.join()).to.not.match(/KEY|PASSWORD/);
  });
});
