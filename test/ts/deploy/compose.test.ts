import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Client } from "pg";
import { parse } from "yaml";
import { ENVIRONMENT } from "../../../oracle/config/schema.ts";
import { opg } from "../../support/commandLine.ts";

const DEPLOY = join(import.meta.dirname, "..", "..", "..", "deploy");
const read = (file: string) => readFileSync(join(DEPLOY, file), "utf8");
const yaml = (file: string) => parse(read(file), { merge: true }) as Compose;

interface Service {
  readonly build?: object;
  readonly image: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: object;
  readonly container_name?: string;
  readonly read_only?: boolean;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** What stands in deploy/.env once it is filled in as the example says. */
const FILLED: Readonly<Record<string, string>> = {
  OPG_RPC_URL: "https://one.example, https://two.example",
  OPG_PUBLIC_URL: "https://opg.example.org",
  POSTGRES_PASSWORD: "p@ss/word",
  GRAFANA_PASSWORD: "other",
};

/** `${NAME:?what to do}` and `${NAME:-default}` as Compose fills them in. */
function filled(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{([A-Z_]+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    const value = env[name] ?? "";
    if (value !== "") return value;
    if (kind === "?") throw new Error(`${name}: ${rest}`);
    return rest;
  });
}

const compose = yaml("compose.yaml");
const OWN = ["daemon", "standby", "worker"] as const;
const environmentOf = (service: Service, env = FILLED) =>
  Object.fromEntries(Object.entries(service.environment ?? {}).map(([name, value]) => [name, filled(value, env)]));
const commandOf = ({ command }: Service) => filled(command as string, {}).split(" ");

describe("the Compose file", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "opg-compose-"));
    mkdirSync(join(folder, "etc"));
    writeFileSync(join(folder, "etc", "opg.config.json"), read("config/opg.config.json"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("has a daemon, one that waits, workers, a store, a gateway and what watches them", () => {
    expect(Object.keys(compose.services)).to.have.members([...OWN, "postgres", "gateway", "prometheus", "grafana"]);
    const { daemon, standby, worker } = compose.services;
    expect(commandOf(daemon!)).to.deep.equal(["run", "--operator", "--watcher", "--keeper", "--standby"]);
    const { build: _build, volumes: _own, ...decides } = daemon!;
    const { volumes: _its, ...waits } = standby!;
    expect(waits, "either may decide").to.deep.equal(decides);
    expect(commandOf(worker!)).to.deep.equal(["worker"]);
    expect(environmentOf(daemon!)).to.include({ OPG_WORK_PLACES: "0" });
    expect(environmentOf(worker!)).to.include({ OPG_WORK_PLACES: "1" });
  });

  it("workers can be any number: no name, no port and no folder that two would share but the evidence", () => {
    const { worker } = compose.services;
    expect(worker).to.not.have.any.keys("container_name", "ports", "hostname");
    const named = worker!.volumes!.filter((volume) => volume.includes(":")).map((volume) => volume.split(":")[0]);
    expect(named).to.deep.equal(["./config", "evidence"]);
    expect(worker!.volumes).to.include(worker!.environment!.OPG_DATA_DIR);
  });

  it("daemons and workers have one store, one chain and one evidence, each daemon a folder of its own", () => {
    const shared = (service: Service) => (({ OPG_STORE_URL, OPG_RPC_URL, OPG_DEPLOYMENT, OPG_EVIDENCE_URL }) => ({ OPG_STORE_URL, OPG_RPC_URL, OPG_DEPLOYMENT, OPG_EVIDENCE_URL }))(environmentOf(service));
    for (const name of OWN) {
      const service = compose.services[name]!;
      expect(shared(service), name).to.deep.equal(shared(compose.services.daemon!));
      const { OPG_EVIDENCE_URL, OPG_DATA_DIR } = environmentOf(service);
      const mounted = new Map(service.volumes!.map((volume) => volume.split(":")).map(([from, to]) => [to ?? from, from]));
      expect(mounted.get(new URL(OPG_EVIDENCE_URL!).pathname), name).to.equal("evidence");
      if (name !== "worker") expect(mounted.get(OPG_DATA_DIR!)).to.equal(name);
    }
    for (const service of Object.values(compose.services)) {
      for (const volume of service.volumes ?? []) {
        const [from] = volume.split(":");
        if (/^[a-z]/.test(from!)) expect(compose.volumes).to.have.property(from!);
      }
    }
  });

  it("holds no secret: they come from .env and from files, only daemons get the key, and what is missing is named", () => {
    const text = read("compose.yaml");
    for (const [, name, value] of text.matchAll(/^\s*([A-Z_]*(?:PASSWORD|SECRET|KEY)[A-Z_]*): (.*)$/gm)) {
      expect(value, name).to.match(/^(\$\{[A-Z_]+:\?[^}]+\}|\/run\/secrets\/[a-z_]+)$/);
    }
    expect(text).to.not.match(/:\/\/[^\s/@]+:[^\s/@]+@/);
    expect(OWN.filter((name) => compose.services[name]!.secrets !== undefined)).to.deep.equal(["daemon", "standby"]);
    for (const { file } of Object.values(compose.secrets)) expect(file).to.match(/^\.\/secrets\//);
    const ignored = readFileSync(join(DEPLOY, "..", ".gitignore"), "utf8").split("\n");
    expect(ignored).to.include.members(["/deploy/.env", "/deploy/secrets/"]);
    for (const name of Object.keys(FILLED)) {
      const without = { ...FILLED, [name]: "" };
      const asks = () => Object.values(compose.services).forEach((service) => environmentOf(service, without));
      expect(asks, name).to.throw(`${name}: set it in deploy/.env`);
    }
  });

  it("asks for nothing that .env.example does not explain, and that sets nothing else", () => {
    const asked = new Set([...`${read("compose.yaml")}`.matchAll(/\$\{([A-Z_]+):/g)].map(([, name]) => name!));
    const explained = [...read(".env.example").matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect(explained).to.have.members([...asked]);
    for (const [, value] of read(".env.example").matchAll(/PASSWORD=(.*)$/gm)) expect(value, "an example is no password").to.equal("");
  });

  it("pins every image to a version, and checks the health of everything that can say it", () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service.image, name).to.match(/^[a-z/]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
      if (name !== "worker") expect(service, name).to.have.property("healthcheck");
    }
    for (const name of OWN) expect(compose.services[name]!.depends_on).to.deep.equal({ postgres: { condition: "service_healthy" } });
    const { version } = JSON.parse(readFileSync(join(DEPLOY, "..", "package.json"), "utf8")) as { version: string };
    for (const name of OWN) expect(compose.services[name]!.image).to.equal(`opg:${version}`);
  });

  it("lets nobody from outside reach anything but the gateway, which shows no metrics", () => {
    const open = Object.entries(compose.services).filter(([, { ports }]) => ports?.some((port) => !port.startsWith("127.0.0.1:")));
    expect(open.map(([name]) => name)).to.deep.equal(["gateway"]);
    const caddy = read("gateway/Caddyfile");
    expect(caddy).to.match(/@public path \/jobs\/\* \/models\/\* \/health\n/).and.to.match(/reverse_proxy daemon:8600 standby:8600/);
  });

  it("every process runs without rights: read-only, no capability, nothing to gain", () => {
    for (const name of OWN) {
      expect(compose.services[name], name).to.deep.include({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"], init: true });
    }
  });

  for (const [what, env, files] of [
    ["as it is", FILLED, ["compose.yaml"]],
    ["with evidence in a bucket", { ...FILLED, OPG_EVIDENCE_URL: "s3://b/p?endpoint=https://s3.example&region=x", AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" }, ["compose.yaml", "compose.s3.yaml"]],
  ] as const) {
    it(`what it sets is a configuration that opg takes, ${what}`, async () => {
      for (const name of OWN) {
        const services = files.map((file) => yaml(file).services[name]!);
        const set = Object.assign({}, ...services.map((service) => environmentOf(service, env))) as Record<string, string>;
        const known = new Set([...ENVIRONMENT.map(([variable]) => variable), "OPG_CONFIG"]);
        expect(Object.keys(set).filter((variable) => variable.startsWith("OPG_") && !known.has(variable)), name).to.deep.equal([]);
        const { code, stdout, json } = await opg(["config", "check", "--json"], { ...set, OPG_CONFIG: join(folder, "etc", "opg.config.json") }, folder);
        expect(code, stdout).to.equal(0);
        const config = json!.config as { store: { url: string }; network: { rpcUrl: string[] }; evidence: { url: string }; work: { places: number } };
        expect(config.network.rpcUrl).to.have.length(2);
        expect(config.evidence.url).to.equal(set.OPG_EVIDENCE_URL);
        expect(stdout, "no password is shown").to.not.include(FILLED.POSTGRES_PASSWORD);
      }
    });
  }

  it("PostgreSQL's password reaches the driver whatever characters it has, and is not part of an address", () => {
    const { OPG_STORE_URL, PGPASSWORD } = environmentOf(compose.services.daemon!);
    const before = process.env.PGPASSWORD;
    process.env.PGPASSWORD = PGPASSWORD;
    try {
      const client = new Client({ connectionString: OPG_STORE_URL! });
      expect(client).to.include({ password: FILLED.POSTGRES_PASSWORD, host: "postgres", database: compose.services.postgres!.environment!.POSTGRES_DB, user: compose.services.postgres!.environment!.POSTGRES_USER });
    } finally {
      if (before === undefined) delete process.env.PGPASSWORD;
      else process.env.PGPASSWORD = before;
    }
  });

  it("Prometheus asks both daemons, reads the rules that are there, and Grafana shows the dashboard", () => {
    const prometheus = parse(read("prometheus/prometheus.yml")) as { rule_files: string[]; scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[] };
    const { static_configs } = prometheus.scrape_configs.find(({ job_name }) => job_name === "opg")!;
    expect(static_configs[0]!.targets).to.deep.equal(["daemon:8600", "standby:8600"]);
    for (const file of prometheus.rule_files) expect(read(`prometheus/${file}`)).to.include("groups:");
    const { providers } = parse(read("grafana/provisioning/dashboards/opg.yml")) as { providers: { options: { path: string } }[] };
    const shown = compose.services.grafana!.volumes!.find((volume) => volume.startsWith("./grafana/dashboard.json:"))!;
    expect(shown.split(":")[1]!.startsWith(`${providers[0]!.options.path}/`)).to.equal(true);
  });
});
