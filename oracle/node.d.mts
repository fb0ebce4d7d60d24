/** How V8 is to be started, so that a daemon takes little memory. */
export const FLAGS: readonly string[];
/** For a process in which the embedded PostgreSQL runs, which is WebAssembly. */
export const WASM_FLAGS: readonly string[];
export const ENVIRONMENT: Readonly<Record<string, string>>;
export function chooseNode(): { readonly node: string; readonly flags: readonly string[] } | undefined;
