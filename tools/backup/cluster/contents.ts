// What a backup of separate services consists of, and how it is written: a manifest, the archive as it is, and tables
// of rows in JSON. Rows are those of the ports of the stores, not of Cassandra: so they can be restored into a cluster
// of another size, and by later releases. Pure.

import type { Series } from '../../../model/bucket.ts'
import { HyperLogLog } from '../../../model/hyper-log-log.ts'
import type { Manifest } from '../../../stores/backup/manifest.ts'
import type { HeldMinute } from '../../../stores/counts/counts.ts'
import type { Book, JournalEntry } from '../../../stores/counts/journal.ts'
import type { Reconciled } from '../../../stores/counts/rollups.ts'
import type { LayoutJson } from '../../../stores/layouts/layout-form.ts'
import type { StoredSketch } from '../../../stores/uniques/uniques.ts'

export type ClusterManifest = Manifest & {
  readonly cluster: {
    /** Tells backups apart. */
    readonly id: string
    /** The moment: when it was seen where the log ended, epoch ms. */
    readonly takenMs: number
    /** Of minutes before this one the stream had counted all that it will ever count. */
    readonly closedTo: number
    /** Starts of the hours of which the archive in it lacks files, or has damaged ones. */
    readonly damagedHours: readonly number[]
    /** Partitioners that could not be heard: what is on their disks may be missing. */
    readonly unheard: number
  }
}

export function isOfCluster(manifest: Manifest): manifest is ClusterManifest {
  return 'cluster' in manifest
}

export const ARCHIVE_FOLDER = 'archive/'
export const STATE_FILE = 'state.json'

/** What is not in rows. */
export type State = {
  readonly reconciled: Reconciled | null
  /** The value of its entry in the meta topic. */
  readonly nameKey: unknown
  /** The newest one; null where there is none. */
  readonly layout: LayoutJson | null
  readonly partitions: number
}

export type JournalRow = JournalEntry & { readonly book: Book }
/** The minutes of a series in an hour. */
export type MinutesRow = Series & { readonly hour: number; readonly minutes: readonly HeldMinute[] }
/** A message of a compacted topic, in Base64; a null value removes what is under the key. */
export type MessageRow = { readonly key: string; readonly value: string | null }
/** A dead letter in Base64, and what was done about it last: the journal has it under the name of the letter. */
export type LetterRow = { readonly bytes: string; readonly act: JournalEntry | null }
type SketchRow = Omit<StoredSketch, 'sketch'> & { readonly sketch: string }

export type TableName =
  | 'journal'
  | 'audits'
  | 'rollups'
  | 'sketches'
  | 'minutes'
  | 'alerts'
  | 'letters'
  | 'titles'

/** Sums of totals are whole numbers of any size, for which JSON has no form. */
export function countsText(row: unknown): string {
  return JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

export function parseCounts(text: string): unknown {
  return JSON.parse(text, (key, value) => (key === 'sum' ? BigInt(value) : value))
}

export function sketchRow({ sketch, ...place }: StoredSketch): SketchRow {
  return { ...place, sketch: Buffer.from(sketch.encode()).toString('base64') }
}

export function sketchOf({ sketch, ...place }: SketchRow): StoredSketch {
  return { ...place, sketch: HyperLogLog.decode(Buffer.from(sketch, 'base64')) }
}
