// Turns a file into batches of events in the order of sending: rows → events → schedule → batches.
import type { TallyEvent } from '../../sdk/src/index.ts'
import { type Input, readRows } from './rows.ts'
import { Schedule, type ScheduleSettings } from './schedule.ts'
import { toEvents } from './to-events.ts'

/** What was found while reading. */
export type Notes = { unreadable: number; readonly firstUnreadable: string[]; copies: number }

export type BatchSettings = {
  readonly input: Input
  readonly schedule: ScheduleSettings
  readonly batchEvents: number
  readonly timeOf: (timeMs: number) => number
  readonly prefix: string
  readonly notes: Notes
}

const UNREADABLE_SHOWN = 10

/** Fails like readRows. */
export async function* batches(settings: BatchSettings): AsyncGenerator<TallyEvent[]> {
  const { input, timeOf, prefix, batchEvents, notes } = settings
  const schedule = new Schedule<TallyEvent>(settings.schedule)
  let full: TallyEvent[][] = []
  let batch: TallyEvent[] = []
  const emit = (event: TallyEvent) => {
    batch.push(event)
    if (batch.length < batchEvents) return
    full.push(batch)
    batch = []
  }
  for await (const { rows, layout } of readRows(input)) {
    for (const row of rows) {
      if ('reason' in row) note(notes, `line ${row.line}: ${row.reason}`)
      else for (const event of toEvents(row, layout.rule, timeOf, prefix)) schedule.add(event, emit)
    }
    yield* full
    full = []
  }
  schedule.drain(emit)
  notes.copies = schedule.copies
  yield* full
  if (batch.length > 0) yield batch
}

function note(notes: Notes, text: string) {
  notes.unreadable++
  if (notes.firstUnreadable.length < UNREADABLE_SHOWN) notes.firstUnreadable.push(text)
}
