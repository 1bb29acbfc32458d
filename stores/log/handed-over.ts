// What is acknowledged may wait with partitioners before the log has it: up to when none of it does.

export type HandedOver = {
  /** As those tell who can still be heard, epoch ms; Infinity where nothing can wait. */
  readonly upToMs: number
  /** With those that have fallen silent, which may have events on their disks. */
  readonly sureToMs: number
}

/** Where nothing that is acknowledged can wait outside the log. */
export const ALL_HANDED_OVER: HandedOver = {
  upToMs: Number.POSITIVE_INFINITY,
  sureToMs: Number.POSITIVE_INFINITY,
}

/** What of it is stored, if of the log everything up to this log time is; Infinity: all that it holds now. */
export type StoredOfHandedOver = (storedMs: number) => HandedOver
