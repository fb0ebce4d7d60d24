import type { Interface } from "ethers";
import { ZERO_HASH } from "../../core/jobs/job.ts";
import type { Job } from "../../core/jobs/job.ts";
import type { Hex } from "../../core/hex.ts";
import type { Call, ChainCalls, Deployment, RequestTerms } from "../ports.ts";
import { gameInterface, jobsInterface, modelsInterface, proofCommitment, stakesInterface, tokenInterface } from "./contracts.ts";

const jobTuple = (job: Job) => [job.id, job.version, job.input, job.terms, job.claim, job.output];

const termsTuple = (terms: RequestTerms) => [
  terms.version,
  terms.operator,
  terms.fee,
  terms.bond,
  terms.callbackGas,
  terms.window,
  terms.deadline,
];

export function createCalls(deployment: Deployment): ChainCalls {
  const encoder = (contract: Interface, to: Hex) => (name: string, values: readonly unknown[]): Call => ({
    to,
    data: contract.encodeFunctionData(name, values) as Hex,
    value: 0n,
  });
  const jobs = encoder(jobsInterface, deployment.jobs);
  const game = encoder(gameInterface, deployment.game);
  const stakes = encoder(stakesInterface, deployment.stakes);
  const models = encoder(modelsInterface, deployment.models);
  const token = encoder(tokenInterface, deployment.opg);
  const ledger = (to: Hex) => encoder(jobsInterface, to);
  return {
    approve: (spender, amount) => token("approve", [spender, amount]),
    deposit: (to, account, amount) => ledger(to)("deposit", [account, amount]),
    withdraw: (from, to, amount) => ledger(from)("withdraw", [to, amount]),
    createModel: (uri) => models("createModel", [uri]),
    publish: (v) =>
      models("publish", [
        [
          v.modelId,
          v.programRoot,
          v.verifier,
          v.fileDigest,
          v.programDigest,
          v.price,
          v.minBond,
          v.minWindow,
          v.shareBps,
          v.header,
          v.fileURI,
          v.programURI,
        ],
      ]),
    deprecate: (version, successor) => models("deprecate", [version, successor ?? ZERO_HASH]),
    collectShare: (version) => jobs("collectShare", [version]),
    request: (terms, input) => jobs("request", [termsTuple(terms), input]),
    requestByRoots: (terms, roots, uri) => jobs("requestByRoots", [termsTuple(terms), roots, uri]),
    cancel: (job) => jobs("cancel", [jobTuple(job)]),
    refund: (job) => jobs("refund", [jobTuple(job)]),
    accept: (job) => jobs("accept", [jobTuple(job)]),
    submit: (job, output) => jobs("submit", [jobTuple(job), output]),
    submitByRoots: (job, roots, uri) => jobs("submitByRoots", [jobTuple(job), roots, uri]),
    finalize: (job, output) => jobs("finalize", [jobTuple(job), output]),
    retryCallback: (job, output) => jobs("retryCallback", [jobTuple(job), output]),
    bond: (amount) => stakes("bond", [deployment.jobs, amount]),
    requestExit: (amount) => stakes("requestExit", [deployment.jobs, amount]),
    cancelExit: () => stakes("cancelExit", [deployment.jobs]),
    withdrawBond: (to) => stakes("withdrawBond", [deployment.jobs, to]),
    withdrawCredit: (to, amount) => stakes("withdrawCredit", [to, amount]),
    challenge: (job) => game("challenge", [jobTuple(job)]),
    open: (job, opening, uri) => game("open", [jobTuple(job), opening, uri]),
    commitmentOf: (id, challenger, proof, salt) =>
      proofCommitment(deployment.chainId, deployment.game, id, challenger, proof, salt),
    commit: (commitment) => game("commit", [commitment]),
    convict: (job, proof, salt) => game("convict", [jobTuple(job), proof, salt]),
    advance: (job, until, piece) => game("advance", [jobTuple(job), until, piece]),
    demand: (job, wanted) => game("demand", [jobTuple(job), wanted]),
    reveal: (id, shown) => game("reveal", [id, shown]),
    silence: (job, item) => game("silence", [jobTuple(job), item]),
    timeout: (job) => game("timeout", [jobTuple(job)]),
    resolve: (job) => game("resolve", [jobTuple(job)]),
    reclaim: (job) => game("reclaim", [jobTuple(job)]),
    collect: (job) => game("collect", [jobTuple(job)]),
  };
}
