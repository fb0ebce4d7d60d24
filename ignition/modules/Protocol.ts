import { buildModule } from "@nomicfoundation/ignition-core";

/**
 * Models, stakes, game, jobs and lens, over a token that exists. The order is forced by the immutables:
 * JobRegistry is the last of the four and binds the game to itself in its constructor.
 */
export default buildModule("Protocol", (m) => {
  const opg = m.getParameter<string>("opg");
  const p = (name: string) => m.getParameter<bigint>(name);

  const models = m.contract("ModelRegistry");
  const stakes = m.contract("StakeRegistry", [opg, p("exitDelay"), p("compensationBps"), p("rewardBps")]);
  const game = m.contract("DisputeGame", [
    models,
    stakes,
    {
      challengeFee: p("challengeFee"),
      challengeFeeBps: p("challengeFeeBps"),
      openPeriod: p("openPeriod"),
      provePeriod: p("provePeriod"),
      rewardPeriod: p("rewardPeriod"),
      revealPeriod: p("revealPeriod"),
      maxOpenDemands: p("maxOpenDemands"),
      demandFee: p("demandFee"),
      demandDepositBps: p("demandDepositBps"),
    },
  ]);
  const jobs = m.contract("JobRegistry", [
    models,
    stakes,
    game,
    {
      maxWindow: p("maxWindow"),
      maxServePeriod: p("maxServePeriod"),
      acceptPeriod: p("acceptPeriod"),
      maxInputBytes: p("maxInputBytes"),
      maxOutputBytes: p("maxOutputBytes"),
      maxCallbackGas: p("maxCallbackGas"),
    },
  ]);
  const lens = m.contract("Lens", [jobs, m.getParameter("releases")]);
  return { models, stakes, game, jobs, lens };
});
