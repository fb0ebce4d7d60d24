/** Builds the explorer in a checkout, unless it is built: `npm ci` and `npm test` do. */
import { provideExplorer } from "./devnet/explorer.ts";

await provideExplorer(() => undefined);
