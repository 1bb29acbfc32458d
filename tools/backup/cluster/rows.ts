// The rows of each table of a backup, as they are read of the cluster.
import type { Clock } from '../../../lib/clock.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { hourOf, MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { letterId } from '../../../services/partitioner/dead-letters/letter.ts'
import { isClosed } from '../../../services/reconciler/recount/due-hours.ts'
import type { Book, JournalEntry } from '../../../stores/counts/journal.ts'
import { VIDEOS_PARTITION, videosTopicOf } from '../../../stores/log/kafka/topics.ts'
import { LogError, type LogRecord, type Source } from '../../../stores/log/log.ts'
import { letterAct } from './acts.ts'
import { again } from './again.ts'
import type { CopiedCluster } from './cluster.ts'
import { type JournalRow, type LetterRow, type MessageRow, type MinutesRow, sketchRow } from './contents.ts'

const ENTRIES_MAX = 2 ** 31 - 1
const READS_IN_FLIGHT_MAX = 64
const FETCH_BYTES = 1 << 20

/** All of a book, newest first. */
export function entriesOf(
  { stores }: Pick<CopiedCluster, 'stores'>,
  book: Book,
  clock: Clock,
): Promise<readonly JournalEntry[]> {
  return again(clock, () => stores.journal.latest(book, ENTRIES_MAX))
}

export function journalRows(book: Book, entries: readonly JournalEntry[]): readonly JournalRow[] {
  return entries.map((entry) => ({ book, ...entry }))
}

export async function* sketchRows({ stores }: Pick<CopiedCluster, 'stores'>) {
  for await (const some of stores.uniques.stored()) yield some.map(sketchRow)
}

/** The minutes of hours that had closed: of later ones the archive tells all. */
export async function* minutesRows(
  { stores: { counts }, batch: { minutesKeptMs } }: Pick<CopiedCluster, 'stores' | 'batch'>,
  closedTo: number,
  clock: Clock,
): AsyncGenerator<readonly MinutesRow[]> {
  const from = hourOf(minuteOf(clock.nowMs() - minutesKeptMs))
  for (const hour of await again(clock, () => counts.writtenHours(from, closedTo))) {
    if (!isClosed(hour, closedTo)) continue
    for await (const series of counts.writtenSeries(hour)) {
      yield await mapBounded(series, READS_IN_FLIGHT_MAX, async (one) => {
        const read = () => counts.heldMinutes(one, hour, hour + MINUTES_PER_HOUR)
        return { ...one, hour, minutes: await again(clock, read) }
      })
    }
  }
}

/** Every message of the topic of titles and annotations, in order. Fails with LogError. */
export async function* titleRows(
  { client, prefix }: Pick<CopiedCluster, 'client' | 'prefix'>,
  clock: Clock,
): AsyncGenerator<readonly MessageRow[]> {
  const place = [videosTopicOf(prefix), VIDEOS_PARTITION] as const
  const endOffset = await again(clock, () => client.offsetOf(...place, 'end'))
  let offset = await again(clock, () => client.offsetOf(...place, 'start'))
  while (offset < endOffset) {
    const from = offset
    const { records, nextOffset } = await again(clock, async () => {
      const fetched = await client.fetch(...place, from, { bytesMax: FETCH_BYTES, waitMs: 0 })
      // The last record of a topic is never compacted, so a leader that shows nothing there is new and behind.
      if (fetched.nextOffset === from) throw hidden(place[0])
      return fetched
    })
    yield records.map(({ key, bytes }) => ({
      key: base64Of(key ?? new Uint8Array(0)),
      value: bytes.length === 0 ? null : base64Of(bytes),
    }))
    offset = nextOffset
  }
}

/**
 * Every dead letter that the log still has, in order, with the latest act on it.
 * @param before the latest acts of before the moment, by the names of letters
 */
export async function* letterRows(
  { log, stores: { journal } }: Pick<CopiedCluster, 'log' | 'stores'>,
  before: ReadonlyMap<string, JournalEntry>,
  clock: Clock,
): AsyncGenerator<readonly LetterRow[]> {
  const [source] = await again(clock, () => log.sources('events-dead'))
  if (source === undefined) throw new LogError('corrupt', 'The log has no dead lane.')
  const { startOffset, endOffset } = await again(clock, () => log.bounds(source))
  for (let offset = startOffset; offset < endOffset; ) {
    const from = offset
    const records = await again(clock, () => lettersFrom(log, source, from, endOffset))
    yield await mapBounded(records, READS_IN_FLIGHT_MAX, async (record: LogRecord): Promise<LetterRow> => {
      const id = letterId({ sourceId: source.id, offset: record.offset })
      const latest = await again(clock, () => journal.find('dead-letters', id))
      return { bytes: base64Of(record.bytes), act: letterAct(latest, before.get(id)) }
    })
    offset = (records.at(-1)?.offset ?? endOffset - 1) + 1
  }
}

/** The next ones that retention has left; none only where it has removed all of them. */
async function lettersFrom(
  log: CopiedCluster['log'],
  source: Source,
  offset: number,
  endOffset: number,
): Promise<readonly LogRecord[]> {
  const { startOffset } = await log.bounds(source)
  const from = Math.max(offset, startOffset)
  if (from >= endOffset) return []
  const { records } = await log.read(source, from, { bytesMax: FETCH_BYTES, waitMs: 0 }).catch((error) => {
    const isRemoved = error instanceof LogError && error.code === 'offset_out_of_range'
    throw isRemoved ? hidden(source.id) : error // retention has just come by: look again where it begins
  })
  if (records.length === 0) throw hidden(source.id)
  return records
}

function hidden(where: string): LogError {
  return new LogError('unavailable', `${where} does not show all that it said to hold.`)
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
