import type { Exceptions } from "./sizes.ts";

const SCENE = "it sets one scene, step by step";
const STORY = "it tells one story from its beginning to its end; what happens in it is in functions of its own";
const TABLE = "it is a table";

/** Longer than the rest, and why. */
export const EXCEPTIONS: Exceptions = {
  "checks/bench/operator.ts openOperator": SCENE,
  "checks/bench/withheld.ts measureWithheld": STORY,
  "scripts/devnet/stage.ts openStage": SCENE,
  "checks/economics/measure.ts measureMoves": "it makes every move once, in the order in which a chain takes them",
  "checks/economics/scenarios.ts byOperators": TABLE,
  "test/support/operatorScene.ts operatorScene": SCENE,
  "test/support/scene.ts openScene": SCENE,
  "test/ts/chaos/kills.test.ts it(…)": STORY,
  "test/ts/chaos/nodes.test.ts it(…)": STORY,
  "test/ts/chaos/processes.test.ts it(…)": STORY,
  "test/ts/oracle/senderStorm.test.ts storm": STORY,
};
