/** What is published of the repository beside a package's own folder: `opg devnet` is played by scripts, on Ignition's modules and the shipped models. */

/** Sources that are compiled into a package, as patterns in the repository, by the package's folder. */
export const SOURCES_BESIDE: Readonly<Record<string, readonly string[]>> = {
  oracle: ["scripts/devnet/*.ts", "scripts/protocol.ts", "ignition/modules/*.ts", "models/digits.ts"],
};

/** Files that are copied into it. */
export const FILES_BESIDE: Readonly<Record<string, readonly string[]>> = {
  oracle: ["models/digits-{mlp,cnn,cnn-int8}/{model.onnx,card.json}", "models/digits-test/digits.json", "ignition/parameters/local.json"],
};
