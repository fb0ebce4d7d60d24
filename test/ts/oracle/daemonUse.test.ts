import { join } from "node:path";
import { expect } from "chai";
import { measureDaemon, type DaemonUse } from "../../../checks/bench/daemon.ts";
import { DEVNETS } from "../../support/devnets.ts";

/** `npm run bench -- --daemon` says what it is; this much more is left to other machines. */
const MOST_MIB = 400;
/** Of processors: the clock's seconds depend on what else the machine does. */
const MOST_CPU_SECONDS = 5;

describe("a daemon in a process of its own", function () {
  this.timeout(600_000);
  let use: DaemonUse;
  before(async () => {
    use = await measureDaemon({ checkout: join(import.meta.dirname, "..", "..", ".."), jobs: 200, start: DEVNETS.at(-1)!.start });
  });

  it(`takes at most ${MOST_MIB} MiB, at its peak, to start and to serve 200 jobs`, () => {
    const { jobs, resident, peak } = use.serving.at(-1)!;
    expect(jobs).to.equal(200);
    expect(resident).to.be.greaterThan(50).and.most(MOST_MIB);
    expect(peak).to.be.most(MOST_MIB);
  });

  it(`is ready to serve after at most ${MOST_CPU_SECONDS} seconds of work, at the first start and at the next`, () => {
    expect(use.ready.firstCpu).to.be.greaterThan(0).and.most(MOST_CPU_SECONDS);
    expect(use.ready.secondCpu).to.be.greaterThan(0).and.most(MOST_CPU_SECONDS);
  });
});
