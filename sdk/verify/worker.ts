import { serveJudging } from "#thread.ts";
import { judge } from "./judge.ts";

serveJudging((given, say) => {
  try {
    say({ kind: "judged", judgement: judge(given, (done, all) => say({ kind: "progress", done, all })) });
  } catch (error) {
    say({ kind: "failed", error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
