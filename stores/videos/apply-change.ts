// Applies a record of the topic of videos to the tables that processes share. What is left when all records have been
// applied in their order does not depend on what was applied before, late, twice or half: the offset of a record is the
// version of all that it writes.
import { type IndexEntry, indexEntries } from './index-entries.ts'
import type { StoredVideo, TitleWrites } from './title-tables.ts'
import type { Change, VideoChange } from './video-store.ts'
import type { Video } from './videos.ts'

export async function applyChange(tables: TitleWrites, change: Change, offset: number): Promise<void> {
  if ('annotationId' in change) return tables.writeAnnotation(change, offset)
  const stored = await tables.stored(change)
  if (stored === null || stored.offset < offset) await replace(tables, change, stored, offset)
  else if (stored.offset > offset) await clean(tables, change, stored, offset)
  if (change.video === null) await tables.removeAnnotations(change, offset)
}

/**
 * The video itself comes last: once it has this offset, the index is that of the change. All entries are written, also
 * those that are there: a change that was overtaken may be about to remove them.
 */
async function replace(
  tables: TitleWrites,
  { video, ...name }: VideoChange,
  stored: StoredVideo | null,
  offset: number,
): Promise<void> {
  const added = entriesOf(name.videoId, video)
  const removed = without(entriesOf(name.videoId, stored?.video ?? null), added)
  await tables.writeEntries(name, { added, removed }, offset)
  await tables.writeVideo(name, video, offset)
}

/** A change that was overtaken may have left entries. */
async function clean(
  tables: TitleWrites,
  { video, ...name }: VideoChange,
  stored: StoredVideo,
  offset: number,
): Promise<void> {
  const removed = without(entriesOf(name.videoId, video), entriesOf(name.videoId, stored.video))
  await tables.writeEntries(name, { added: [], removed }, offset)
}

function entriesOf(videoId: string, video: Video | null): IndexEntry[] {
  return video === null ? [] : indexEntries(videoId, video)
}

function without(entries: readonly IndexEntry[], others: readonly IndexEntry[]): IndexEntry[] {
  const kept = new Set(others.map(textOf))
  return entries.filter((entry) => !kept.has(textOf(entry)))
}

function textOf({ kind, group, text }: IndexEntry): string {
  return [kind, group, text].join('\u0001')
}
