import { readDeploymentCode } from "../chain/deploymentCode.ts";
import { fail, ok } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import { requireKnown } from "../../core/program/judge.ts";
import type { Connection } from "../connect.ts";

const ABOUT = "deployment";

/** Whether the contracts of a deployment are those of a release, by their code. */
export async function checkDeployment({ rpc, reader }: Connection): Promise<readonly Finding[]> {
  const { deployment } = reader;
  const contracts = await readDeploymentCode(rpc, deployment);
  const strange = contracts.filter(({ release }) => release === undefined);
  const findings: Finding[] = [
    ok(ABOUT, `chain ${deployment.chainId} from block ${deployment.startBlock} on; the contracts name each other`),
    ...strange.map(({ name, address }) =>
      fail(ABOUT, `the code of the ${name} at ${address} is of no release that this program knows`, "do not rely on it: take the deployment file of the network from who runs it, or update this program"),
    ),
  ];
  if (strange.length === 0) findings.push(ok(ABOUT, `the code of ${contracts.map(({ name }) => name).join(", ")} is that of release ${[...new Set(contracts.map(({ release }) => release))].join(", ")}`));
  const judge = await reader.judge(deployment.verifier);
  try {
    const release = requireKnown(judge);
    findings.push(ok(ABOUT, `the code of its verifier and of all ${judge.families.length} families is that of release ${release}`));
  } catch {
    findings.push(fail(ABOUT, `the verifier ${deployment.verifier} or one of its families has code of no known release`, "publish and use only versions that name a known verifier, or update this program"));
  }
  return findings;
}
