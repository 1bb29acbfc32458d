// A raw export that is imported into an empty server gives the same counts there, in every minute, for all names and
// sources.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTES_PER_DAY } from '../../model/bucket.ts'
import { isPlainText } from '../../model/plain-text.ts'
import {
  type Archive,
  RAW_FORMATS,
  type RawBatch,
  type RawEvent,
  type RawExport,
} from '../../stores/archive/archive.ts'
import type { AdminWorld } from '../../testing/admin-fixture.ts'
import { arbitraryBatches } from '../../testing/arbitrary-batches.ts'
import { archiveDirectory } from '../../testing/archive-directory.ts'
import {
  AHEAD_MS,
  batchOf,
  DAY,
  eventOf,
  HORIZON_MS,
  questionOf,
  readRecount,
} from '../../testing/archive-fixture.ts'
import { imported, withWorld } from '../../testing/import-fixture.ts'
import { MemoryArchive } from '../../testing/memory-archive.ts'
import { csvCells } from '../replay/rows.ts'

const RUNS = 12
const HOURS = [0, 60, 1_440].map((minute) => DAY + minute)
const QUESTION = questionOf(HOURS, { beforeMinute: DAY + 2 * MINUTES_PER_DAY })

const FORMS: readonly Pick<RawExport, 'format' | 'formulaGuard'>[] = [
  { format: 'csv', formulaGuard: true },
  ...RAW_FORMATS.map((format) => ({ format, formulaGuard: false })),
]

const EDGES = [
  '',
  '\ufeff',
  '\u200b',
  '\u202e',
  '\ufffe',
  '\u{1f3ac}',
  ' ',
  "'",
  "'=",
  '=',
  '＝',
  '-',
  ',',
  '"',
  ';',
  'é',
  'e\u0301',
]
const name = fc
  .tuple(fc.constantFrom(...EDGES), fc.string({ unit: 'binary', maxLength: 5 }), fc.constantFrom(...EDGES))
  .map((parts) => parts.join(''))
  .filter((text) => isPlainText(text, 128))
const odd = fc.record({
  videoId: name,
  viewerId: fc.option(name),
  channelId: fc.option(name),
  attributes: fc.option(fc.dictionary(name, fc.oneof(name, fc.constant('')), { maxKeys: 3 })),
})
type Odd = { videoId: string; viewerId: string | null; channelId: string | null; attributes: object | null }

/** Events of the batches with names of all of Unicode; the same event has the same name everywhere. */
function withOddNames(batches: readonly RawBatch[], names: readonly Odd[]): RawBatch[] {
  const nameOf = ({ videoId }: RawEvent) => names[videoId === 'v' ? 0 : 1]!
  const renamed = (event: RawEvent): RawEvent => {
    const { attributes, ...rest } = nameOf(event)
    return { ...event, ...rest, attributes: attributes === null ? null : JSON.stringify(attributes) }
  }
  return batches.map((batch) => ({ ...batch, events: batch.events.map(renamed) }))
}

async function totalsOf(archive: Archive): Promise<unknown[]> {
  const { buckets } = await readRecount(archive, QUESTION)
  return buckets.map(({ bucket, all }) => ({ ...bucket, ...all }))
}

/** What its archive gets from now on. */
function takenBy({ archive }: AdminWorld): readonly RawEvent[] {
  const taken: RawEvent[] = []
  const { store } = archive
  archive.store = (batch) => {
    taken.push(...batch.events)
    return store.call(archive, batch)
  }
  return taken
}

/** Exports everything and imports it by the command. */
async function moved(
  archive: { exportRaw(question: RawExport, path: string): Promise<number> },
  world: AdminWorld,
  path: string,
  form: (typeof FORMS)[number],
): Promise<void> {
  const range = { from: DAY, to: DAY + 2 * MINUTES_PER_DAY, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
  const rows = await archive.exportRaw({ ...range, ...form }, path)
  if (rows === 0) return
  const { whole, lines } = await imported(world, path)
  assert.ok(whole, lines.join('\n'))
}

for (const form of FORMS) {
  const { format, formulaGuard } = form
  test(`every minute is the same after a round trip by ${format}${formulaGuard ? ' with the guard' : ''}`, () =>
    fc.assert(
      fc.asyncProperty(arbitraryBatches, fc.tuple(odd, odd), (batches, names) =>
        withWorld(async (world, directory) => {
          await using from = await archiveDirectory()
          const stored = withOddNames(batches, names)
          const truth = new MemoryArchive(() => 0)
          for (const batch of stored) await Promise.all([from.archive.store(batch), truth.store(batch)])
          const taken = takenBy(world)
          await moved(from.archive, world, join(directory, 'export'), form)
          assert.deepEqual(await totalsOf(world.archive), await totalsOf(truth))
          const known = new Set(stored.flatMap(({ events }) => events.map(detailsOf)))
          for (const event of taken) assert.ok(known.has(detailsOf(event)), detailsOf(event))
        }),
      ),
      { numRuns: RUNS },
    ))
}

/** What an import must not change. */
function detailsOf({ tenant, videoId, type, source, id, timeMs, ...event }: RawEvent): string {
  const { valueThousandths, viewerId, channelId, attributes } = event
  const pairs = attributes === null ? null : Object.entries(JSON.parse(attributes)).sort()
  return JSON.stringify([
    tenant,
    videoId,
    type,
    source,
    id,
    timeMs,
    valueThousandths,
    viewerId,
    channelId,
    pairs,
  ])
}

test('values are values, not thousandths, and cells that begin like formulas are named', async () => {
  await using from = await archiveDirectory()
  const events = [
    eventOf({ videoId: '=1+1', viewerId: "'=u", valueThousandths: -12_500 }),
    eventOf({ videoId: '＠x', id: '-5', viewerId: '-u', valueThousandths: 1e12, timeMs: DAY * 60_000 + 1 }),
  ]
  await from.archive.store(batchOf('a-0', 'events', events))
  const path = join(from.path, 'out')
  const range = { from: DAY, to: DAY + 1, horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
  await from.archive.exportRaw({ ...range, format: 'csv', formulaGuard: true }, path)
  const [header, first, second] = (await readFile(path, 'utf8')).split('\n')
  assert.match(header!, /^tenant,video_id,type,minute,id,time_ms,value,.*,formula_guarded$/)
  assert.match(first!, /,'=1\+1,view,.*,e1,1699920000000,-12\.500,'=u,.*,video_id$/)
  assert.match(second!, /,'＠x,view,.*,'-5,1699920000001,1000000000\.000,'-u,.*,video_id id viewer_id$/)
  const naming = { file: 'out', columns: {}, preset: null }
  const lots = await Array.fromAsync(csvCells(text(path), naming))
  const rows = lots.flatMap((lot) => lot.rows)
  assert.partialDeepStrictEqual(rows, [
    { cells: { videoId: '=1+1', viewerId: "'=u" } },
    { cells: { videoId: '＠x', id: '-5', viewerId: '-u' } },
  ])
})

async function* text(path: string): AsyncGenerator<string> {
  yield await readFile(path, 'utf8')
}
