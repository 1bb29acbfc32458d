// What was measured, on two shared cores: the only numbers that the planning rests on. Each names where it comes from;
// whoever measures anew changes it here. Ranges are of rounds, or of forms of events.

export type Range = { readonly low: number; readonly high: number }

/**
 * CPU of one process that does everything, in microseconds an event, by events a request. docs/figures.md: "The front
 * door beside a bare fastify" (low: door, log and counting) and "Under load" (high at 100: with archive and recounts).
 */
export const DOOR_CPU_US = { one: { low: 245, high: 359 }, hundred: { low: 8.6, high: 24.9 } }

/** The most that one process acknowledged, events/s in requests of 100. docs/figures.md, "Counting and ingest". */
export const ONE_PROCESS_EVENTS_MAX = 245_000

/** CPU of a processor, in microseconds an event. docs/figures.md, "Beside other counters". */
export const PROCESSOR_CPU_US: Range = { low: 1.46, high: 2.18 }

/** Events/s that one thread archives, on a busy machine. docs/figures.md, "Recount". */
export const ARCHIVED_A_SECOND = 56_000

/** Events/s that a recount reads with two threads. docs/figures.md, "Recount". */
export const RECOUNTED_A_SECOND = 361_000

/** docs/figures.md, "Memory". */
export const BYTES_AN_ID: Range = { low: 24, high: 31 }

/**
 * Of an event in a record of 500: with a UUID, a video and a type alone, and with a viewer and two attributes besides.
 * Measured with the builder of records, and as files of the embedded log, which compresses.
 */
export const RECORD_BYTES: Range = { low: 82, high: 133 }
export const EMBEDDED_LOG_BYTES: Range = { low: 46, high: 64 }

/** Of an event in Parquet. docs/figures.md, "Recount": events of few fields. No event was larger than in its record. */
export const ARCHIVE_BYTES: Range = { low: 36, high: RECORD_BYTES.high }

/** Of a row of a minute in the embedded counts, its share of the sums of hours and days included. */
export const EMBEDDED_ROW_BYTES = 84

/**
 * Rows/s that three Cassandra nodes on two cores took at QUORUM with three copies, in batches of one partition. A node
 * alone took 170,000.
 */
export const THREE_NODES_ROWS: Range = { low: 38_000, high: 143_000 }
