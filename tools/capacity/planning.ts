// The rules of a plan: what is left free, and what there is of each at least.

/** Half of a core, or of what a server took, is left free: so processes of two zones can do the work of three. */
export const USED_MAX = 0.5
/** A copy of everything in each; one may be lost. */
export const ZONES = 3
export const NODES_LEAST = 3
export const BROKERS_LEAST = 3
/** Two of each process, so that one may die. */
export const PROCESSES_LEAST = 2
export const PARTITIONS_LEAST = 16
/** So that processors can be added later without a new layout, and one that is slow has less to do. */
export const PARTITIONS_A_PROCESSOR = 4
/** An id is kept for the horizon and until its minute is over. */
export const KEPT_BEYOND_HORIZON_MIN = 2
/** The archive keeps raw events a day longer than the log. */
export const ARCHIVE_DAYS_MORE = 1
/** What a record waits for more events at most: ADAPTIVE_LINGER_MS. */
export const LINGER_S_MAX = 0.1
/** Processing and the archive each read the log. */
export const READERS = 2

export const HOUR_S = 3_600
export const DAY_S = 86_400
export const DAYS_A_YEAR = 365
