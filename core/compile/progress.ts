/** How far a compiler has come. */
export interface CompileProgress {
  readonly stage: "canonicalise" | "compare" | "schedules" | "verify" | "threads" | "commit";
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: CompileProgress) => void;
