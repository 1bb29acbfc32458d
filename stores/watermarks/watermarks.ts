// Watermarks of the partitioners. What a partitioner has acknowledged may still wait on its own disk, where nobody else
// sees it: so each tells again and again up to when everything of its is in the log. Pure.
import type { HandedOver } from '../log/handed-over.ts'

export type Watermark = {
  /** Everything that was acknowledged before this time, and happened before it, is in the log: epoch ms. */
  readonly upToMs: number
  /** When the log took the watermark: what it speaks of has no later log time. Epoch ms. */
  readonly toldMs: number
}

/** What is known of a disk on which acknowledged events may wait. */
export type Disk = {
  /** Nothing of it was acknowledged before, epoch ms. */
  readonly sinceMs: number
  /** Oldest first, at least one; of older ones not all. */
  readonly told: readonly Watermark[]
  /** Nothing is left on it: the last watermark speaks of all that ever was. */
  readonly hasEnded: boolean
}

/** By the id of the disk. */
export type Disks = ReadonlyMap<string, Disk>

/** A partitioner that has not been heard for so long no longer holds back `asOf`; no answer is complete without it. */
export const SILENT_MS = 60_000
/** Watermarks that are remembered of a disk. */
const TOLD_MAX = 1_000

/**
 * Up to when everything acknowledged is stored, if of the log everything up to the log time `storedMs` is; Infinity:
 * all that the log held after the watermarks were read. What waited on a disk has a later log time than it was
 * acknowledged: so a watermark helps only as far as the log is stored up to it.
 */
export function handedOver(disks: Disks, storedMs: number, nowMs: number): HandedOver {
  let upToMs = Number.POSITIVE_INFINITY
  let sureToMs = Number.POSITIVE_INFINITY
  for (const disk of disks.values()) {
    const ofDisk = storedOf(disk, storedMs)
    sureToMs = Math.min(sureToMs, ofDisk)
    if (!isSilent(disk, nowMs)) upToMs = Math.min(upToMs, ofDisk)
  }
  return { upToMs, sureToMs }
}

export function isSilent({ told, hasEnded }: Disk, nowMs: number): boolean {
  return !hasEnded && nowMs - told.at(-1)!.toldMs > SILENT_MS
}

function storedOf({ sinceMs, told, hasEnded }: Disk, storedMs: number): number {
  const stored = told.findLastIndex(({ toldMs }) => toldMs <= storedMs)
  if (hasEnded && stored === told.length - 1) return Number.POSITIVE_INFINITY
  return stored < 0 ? sinceMs : told[stored]!.upToMs
}

/** With one more. If they are many, older ones are left out, ever more the older they are. */
export function withWatermark(told: readonly Watermark[], next: Watermark): readonly Watermark[] {
  const all = [...told, next]
  if (all.length <= TOLD_MAX) return all
  const half = TOLD_MAX / 2
  return [...all.slice(0, half).filter((_, i) => i % 2 === 0), ...all.slice(half)]
}
