/** Files that a job may need again even if nobody serves them any more. They stay on disk until the job is done. */
export interface TensorShelf {
  /** The tensors of an opened trace, in commit order, and their roots one after the other. */
  put(job: string, tensors: readonly Uint8Array[], roots: Uint8Array): Promise<void>;
  /** The first `count` tensors of the opened trace; undefined unless all are there. */
  tensors(job: string, count: number): Promise<Uint8Array[] | undefined>;
  /** An input that had to be downloaded; on disk when the promise resolves. */
  putInput(job: string, input: Uint8Array): Promise<void>;
  input(job: string): Promise<Uint8Array | undefined>;
  /** The values of an output that is submitted by its roots; on disk when the promise resolves. */
  putOutput(job: string, values: Uint8Array): Promise<void>;
  /** Free bytes on the disk. */
  room(): Promise<number>;
  drop(job: string): Promise<void>;
}
