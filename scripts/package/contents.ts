/** What is published of the repository beside a package's own folder: `opg devnet` is played by scripts, on Ignition's modules and the shipped models. */

/** Sources that are compiled into a package, as patterns in the repository, by the package's folder. */
export const SOURCES_BESIDE: Readonly<Record<string, readonly string[]>> = {
  oracle: ["scripts/devnet/*.ts", "scripts/protocol.ts", "ignition/modules/*.ts", "models/{cards,digits,heldOut}.ts", "models/*/market.ts", "models/training/gaussian.ts"],
};

/** Files that are copied into it. */
export const FILES_BESIDE: Readonly<Record<string, readonly string[]>> = {
  oracle: ["models/*/{model.onnx,card.json}", "models/digits-test/digits.json", "models/tumour-gbt/tumours.json", "ignition/parameters/local.json"],
};
