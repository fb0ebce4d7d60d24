import { z } from "zod";
import type { Hex, RecordedAccusation, Records } from "../ports.ts";
import type { Database, Tx } from "./database.ts";
import { and, eq, sql } from "./drizzle.ts";
import { prepared } from "./prepared.ts";
import { accusations, qualifications, results, verdicts } from "./schema.ts";

const verdictSchema = z.enum(["match", "mismatch", "doubtful", "unknown"]);

const resultOf = prepared((tx) =>
  tx
    .select({ output: results.output })
    .from(results)
    .where(and(eq(results.job, sql.placeholder("job")), eq(results.subject, sql.placeholder("subject"))))
    .prepare("result_of_job"),
);
/** An update that changes nothing: so the answer that was there first is the one that comes back. */
const recordResult = prepared((tx) =>
  tx
    .insert(results)
    .values({ job: sql.placeholder("job"), subject: sql.placeholder("subject"), output: sql.placeholder("output") })
    .onConflictDoUpdate({ target: [results.job, results.subject], set: { job: sql`excluded.job` } })
    .returning({ output: results.output })
    .prepare("record_result"),
);

/** What this party found out, once. */
export function createRecords({ run, one }: Pick<Database, "run" | "one">): Records {
  return {
    async recordResult(job, subject, output) {
      return (await one(recordResult({ job, subject, output })))[0].output;
    },

    async result(job, subject) {
      return (await one(resultOf({ job, subject })))[0]?.output;
    },

    async recordVerdict(job, subject, verdict) {
      const target = [verdicts.job, verdicts.subject];
      await one((tx) => tx.insert(verdicts).values({ job, subject, ...verdict }).onConflictDoUpdate({ target, set: verdict }));
    },

    async verdict(job, subject) {
      const key = and(eq(verdicts.job, job), eq(verdicts.subject, subject));
      const [row] = await one((tx) => tx.select().from(verdicts).where(key));
      return row === undefined ? undefined : { verdict: verdictSchema.parse(row.verdict), detail: row.detail };
    },

    async recordAccusation(job, subject, accusation) {
      const values = { job, subject, ...accusation, pieces: encodePieces(accusation.pieces) };
      return run(async (tx) => {
        await tx.insert(accusations).values(values).onConflictDoNothing();
        return (await accusationOf(tx, job, subject))!;
      });
    },

    accusation: (job, subject) => one((tx) => accusationOf(tx, job, subject)),

    async recordQualification(version, qualification) {
      await one((tx) =>
        tx
          .insert(qualifications)
          .values({ version, ...qualification })
          .onConflictDoUpdate({ target: qualifications.version, set: qualification }),
      );
    },

    async qualification(version) {
      const [row] = await one((tx) => tx.select().from(qualifications).where(eq(qualifications.version, version)));
      return row === undefined ? undefined : { host: row.host, accepted: row.accepted, reason: row.reason };
    },
  };
}

async function accusationOf(tx: Tx, job: string, subject: string): Promise<RecordedAccusation | undefined> {
  const key = and(eq(accusations.job, job), eq(accusations.subject, subject));
  const [row] = await tx.select().from(accusations).where(key);
  if (row === undefined) return undefined;
  const pieces = decodePieces(row.pieces);
  return { node: row.node, element: row.element, pieces, proof: row.proof, salt: row.salt as Hex };
}

type Pieces = RecordedAccusation["pieces"];

const piecesSchema = z.array(z.tuple([z.number().int().positive(), z.string()]));

const encodePieces = (pieces: Pieces): string =>
  JSON.stringify(pieces.map(({ until, proof }) => [until, Buffer.from(proof).toString("hex")]));

const decodePieces = (text: string): Pieces =>
  piecesSchema.parse(JSON.parse(text)).map(([until, proof]) => ({ until, proof: new Uint8Array(Buffer.from(proof, "hex")) }));
