// Whether a daemon is well: exit code 0 where /health answers 200, and where nothing listens, because this one is a standby
// that waits; 1 where /health says no or does not answer. Of the process itself its exit tells.
const port = process.env.OPG_API_PORT || "8600";

try {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) });
  console.log(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  const isRefused = error.cause?.code === "ECONNREFUSED";
  console.log(isRefused ? "waits" : String(error.cause ?? error));
  process.exitCode = isRefused ? 0 : 1;
}
