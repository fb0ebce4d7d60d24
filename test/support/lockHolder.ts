/** Takes the lock of the data directory at argv[2], says "held" or why not, and stays. */
import { OpgError } from "../../core/errors.ts";
import { lockDirectory } from "../../oracle/store/lock.ts";

try {
  lockDirectory(process.argv[2]);
  console.log("held");
} catch (error) {
  console.log(error instanceof OpgError ? error.code : String(error));
}
setInterval(() => undefined, 1_000);
