// A day that is rolled up by attributes in pieces, in any order, with events and removals in between and writes that
// fail, says what its raw events say, at every moment and once they are gone.
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { MIB } from '../../../lib/byte-units.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import {
  type ArchiveDirectory,
  archiveDirectory,
  failingObjects,
} from '../../../testing/archive-directory.ts'
import { atMinute, batchOf, DAY } from '../../../testing/archive-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type { BreakdownQuestion } from '../breakdowns.ts'
import { ask } from '../breakdowns-contract.ts'
import { currentFiles, dimensionFileKey, dimensionFiles, scattered } from './dimension-files.ts'
import { type DuckdbArchive, openArchive } from './duckdb-archive.ts'

const HOURS_PER_DAY = MINUTES_PER_DAY / MINUTES_PER_HOUR
/** Of a day that is over. */
const FILES_MAX = 4
const END = DAY + MINUTES_PER_DAY
const ALL = Array.from({ length: HOURS_PER_DAY }, (_, i) => DAY + i * MINUTES_PER_HOUR)
const BY = ['country', 'device'] as const
const COUNTRIES = ['DE', 'FR', 'PT']

const hour = fc.nat(HOURS_PER_DAY - 1).map((index) => DAY + index * MINUTES_PER_HOUR)
type Act =
  | { readonly what: 'roll up'; readonly hour: number }
  | { readonly what: 'roll all up' }
  | { readonly what: 'next day' }
  | { readonly what: 'late event'; readonly hour: number; readonly country: number }
  | { readonly what: 'remove'; readonly videoId: string; readonly hour: number }
type Step = { readonly act: Act; readonly failsAfter: number | null }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('roll up' as const), hour }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('roll all up' as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('next day' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('late event' as const), hour, country: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('remove' as const),
      videoId: fc.constantFrom('v1', 'v2'),
      hour,
    }),
  },
)
/** After how many writes one fails; null: none does. */
const failing = fc.option(fc.nat(6))

test('a day that is rolled up in pieces says what its raw events say', async () => {
  const life = fc.array(fc.record({ act, failsAfter: failing }), { minLength: 4, maxLength: 16 })
  await fc.assert(fc.asyncProperty(life, check), { numRuns: 15 })
})

test('the first hours of a day are not written again with each of the others', async () => {
  await using directory = await archiveDirectory()
  const { archive } = directory
  await archive.store(
    batchOf(
      'a-0',
      'events',
      ALL.map((minute, i) => eventOf(minute, 'v1', 'DE', i)),
    ),
  )
  const files: number[] = []
  for (const hour of ALL) {
    await archive.rollUpDimensions({ ...WHAT, hours: [hour] })
    files.push((await filesOf(directory.path)).current.length / BY.length)
  }
  assert.deepEqual(
    files,
    ALL.map((_, i) => i + 1),
  )
  await nextDay(archive, 0)
  assert.equal((await filesOf(directory.path)).current.length / BY.length, 2, 'one of each day')
  assert.deepEqual(await archive.settledHours('country', DAY, END), ALL)
  await saysTheSame(archive, 'country')
})

test('only small files of a day are merged', () => {
  const files = (sizes: readonly number[]) =>
    currentFiles(
      dimensionFiles(
        sizes.map((bytes, i) => {
          const key = dimensionFileKey({ by: 'country', day: DAY, version: i + 1, mask: 1 << i, checksum: i })
          return { key, bytes, modifiedMs: 0 }
        }),
      ),
    ).current
  const small = Array.from({ length: FILES_MAX + 1 }, () => 1_000)
  const merged = scattered(files([...small, MIB])).get(DAY)
  assert.deepEqual(
    merged?.map(({ bytes }) => bytes),
    small,
  )
  assert.equal(scattered(files([...small.slice(1), MIB, MIB])).size, 0)
})

test('an hour that is rolled up anew is read from its own file', async () => {
  await using directory = await archiveDirectory()
  const { archive } = directory
  const hours = ALL.slice(0, 2)
  await archive.store(
    batchOf(
      'a-0',
      'events',
      hours.map((minute, i) => eventOf(minute, 'v1', 'DE', i)),
    ),
  )
  await archive.rollUpDimensions({ ...WHAT, hours })
  await archive.store(batchOf('b-0', 'events-late', [eventOf(hours[0]!, 'v1', 'FR', 9)]))
  await archive.rollUpDimensions({ ...WHAT, hours: hours.slice(0, 1) })
  assert.deepEqual(await archive.settledHours('device', DAY, END), hours)
  await saysTheSame(archive, 'country')
})

test('where the newest file of an hour is damaged, an older one does not stand for it', async () => {
  await using directory = await archiveDirectory()
  const { archive } = directory
  const hours = ALL.slice(0, 2)
  await archive.store(
    batchOf('a-0', 'events', [eventOf(DAY, 'v1', 'DE', 0), eventOf(hours[1]!, 'v2', 'DE', 1)]),
  )
  await archive.rollUpDimensions({ ...WHAT, hours })
  await archive.store(batchOf('b-0', 'events-late', [eventOf(DAY, 'v1', 'FR', 9)]))
  await archive.rollUpDimensions({ ...WHAT, hours: [DAY] })
  await archive.purge(hours)
  const newest = (await filesOf(directory.path)).current.filter(({ by }) => by === 'country')[0]!
  assert.deepEqual(newest.hours, [DAY])
  await writeFile(join(directory.path, newest.key), 'damaged')
  const unreadable = async () => {
    const rolledUpHours = await archive.rolledUpHours('country', DAY, END)
    return (await counted(archive, { by: 'country', rolledUpHours })).unreadableHours
  }
  assert.deepEqual(await unreadable(), [DAY])
  for (const videoId of ['v1', 'other']) await archive.removeVideo('', videoId, DAY)
  for (const [step, hour] of ALL.slice(2).entries()) {
    await archive.store(batchOf(`c-${step}`, 'events', [eventOf(hour, 'v1', 'DE', 20 + step)]))
    await archive.rollUpDimensions({ ...WHAT, hours: [hour] })
  }
  await nextDay(archive, 0)
  assert.deepEqual(await unreadable(), [DAY], 'also once the files are merged')
})

test('what another process writes meanwhile counts, and not what was read before', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const { promise: waits, resolve: isWaiting } = Promise.withResolvers<void>()
  await using directory = await archiveDirectory()
  const one = directory.archive
  for (const [i, hour] of ALL.slice(0, 6).entries()) {
    await one.store(batchOf(`a-${i}`, 'events', [eventOf(hour, 'v1', 'DE', i)]))
    await one.rollUpDimensions({ ...WHAT, hours: [hour] })
  }
  await using scratch = await temporaryDirectory()
  const other = await ofAnother(directory, scratch.path, {
    upload: async (key, path) => {
      if (key.includes('country/date=2023-11-14')) {
        isWaiting()
        await gate
      }
      await directory.objects.upload(key, path)
    },
  })
  const merging = nextDay(other, 0)
  await waits // it has read the files that it merges
  await one.store(batchOf('late-0', 'events-late', [eventOf(DAY, 'v1', 'FR', 9)]))
  await one.rollUpDimensions({ ...WHAT, hours: [DAY] })
  open()
  await merging
  await one.purge(ALL.slice(0, 6))
  assert.deepEqual(await keptByCountry(one), [
    ['DE', 6],
    ['FR', 1],
  ])
  await other.close()
})

test('a removal gives way to what another process has written since it looked', async () => {
  await using directory = await archiveDirectory()
  const one = directory.archive
  const hours = ALL.slice(0, 2)
  for (const [i, hour] of hours.entries())
    await one.store(
      batchOf(`a-${i}`, 'events', [eventOf(hour, 'v1', 'DE', i), eventOf(hour, 'v2', 'DE', 5 + i)]),
    )
  await one.rollUpDimensions({ ...WHAT, hours })
  await one.store(batchOf('late-0', 'events-late', [eventOf(DAY, 'v2', 'FR', 9)]))
  let looks = 0
  await using scratch = await temporaryDirectory()
  const other = await ofAnother(directory, scratch.path, {
    list: async (prefix) => {
      if (prefix.startsWith('dimensions/country/') && looks++ === 0)
        await one.rollUpDimensions({ ...WHAT, hours: [DAY] })
      return directory.objects.list(prefix)
    },
  })
  await other.removeVideo('', 'v1', END).catch(({ message }) => assert.match(message, /another process/))
  await other.removeVideo('', 'v1', END)
  await one.purge(hours)
  assert.deepEqual(await keptByCountry(one), [
    ['DE', 2],
    ['FR', 1],
  ])
  await other.close()
})

test('what the last attribute has, all have', async () => {
  const failing = { in: -1 }
  const wrap = (objects: ObjectStore) => failingObjects(objects, failing)
  await using directory = await archiveDirectory({ wrap })
  const { archive } = directory
  await archive.store(batchOf('a-0', 'events', [eventOf(DAY, 'v1', 'DE', 0)]))
  failing.in = 0
  await assert.rejects(archive.rollUpDimensions({ ...WHAT, hours: [DAY] }), /No space left/)
  assert.deepEqual(await archive.settledHours(BY.at(-1)!, DAY, END), [])
})

test('a video is gone from all files, though its removal was stopped before', async () => {
  for (let call = 0; call < 12; call++) {
    const failing = { in: -1 }
    const wrap = (objects: ObjectStore) => failingObjects(objects, failing)
    await using directory = await archiveDirectory({ wrap })
    const { archive } = directory
    const hours = ALL.slice(0, 2)
    await archive.store(
      batchOf(
        'a-0',
        'events',
        hours.map((minute, i) => eventOf(minute, `v${i}`, 'DE', i)),
      ),
    )
    await archive.rollUpDimensions({ ...WHAT, hours })
    failing.in = call
    await archive.removeVideo('', 'v1', END).catch(({ message }) => assert.match(message, /No space left/))
    failing.in = -1
    await archive.removeVideo('', 'v1', END)
    const { current, outdated } = await filesOf(directory.path)
    assert.deepEqual([current.length, outdated], [2, []], `call ${call}`)
    assert.deepEqual(await keptByCountry(archive), [['DE', 1]])
  }
})

/** The same archive as another process has it, on objects that are changed in part. */
function ofAnother(
  { objects }: ArchiveDirectory,
  scratchDirectory: string,
  changed: Partial<ObjectStore>,
): Promise<DuckdbArchive> {
  const ofOther = { ...failingObjects(objects, { in: -1 }), ...changed }
  return openArchive({ objects: ofOther, scratchDirectory, memoryMiB: 64, threads: 1 })
}

/** What all hours that are rolled up say, by value. */
async function keptByCountry(archive: DuckdbArchive) {
  const rolledUpHours = await archive.rolledUpHours('country', DAY, END)
  const { rows } = await counted(archive, { by: 'country', rolledUpHours })
  return rows.map(({ value, aggregate }) => [value, aggregate.count])
}

async function check(steps: readonly Step[]): Promise<void> {
  const failing = { in: -1 }
  await using directory = await archiveDirectory({
    memoryMiB: 64,
    wrap: (objects) => failingObjects(objects, failing),
  })
  const { archive } = directory
  const first = ALL.flatMap((minute, i) =>
    ['v1', 'v2'].map((videoId, j) => eventOf(minute + j, videoId, COUNTRIES[(i + j) % 3]!, 2 * i + j)),
  )
  await archive.store(batchOf('a-0', 'events', first))
  for (const [i, step] of steps.entries()) {
    const settled = await archive.settledHours('device', DAY, END)
    failing.in = step.failsAfter ?? -1
    await doneOf(archive, step.act, i).catch(({ message }) =>
      assert.equal(message, 'No space left on device'),
    )
    failing.in = -1
    await saysTheSame(archive, BY[i % 2]!)
    const { current, outdated } = await filesOf(directory.path)
    if (step.act.what === 'next day' && step.failsAfter === null)
      assert.ok(current.length <= (FILES_MAX + 1) * BY.length, `${current.length} files`)
    if (step.failsAfter === null) await staysSettled(archive, step.act, settled)
    if (step.act.what === 'remove' && step.failsAfter === null) assert.deepEqual(outdated, [])
  }
  await archive.rollUpDimensions({ ...WHAT, hours: ALL })
  const before = [await counted(archive, { by: 'country' }), await counted(archive, { by: 'device' })]
  const scope = { ...SITE.scope, videoIds: ['v2'] }
  const ofOther = await counted(archive, { by: 'country', scope })
  await archive.purge(await heldHours(archive))
  for (const [i, by] of BY.entries()) {
    const rolledUpHours = await archive.rolledUpHours(by, DAY, END)
    assert.deepEqual(await counted(archive, { by, rolledUpHours }), before[i])
  }
  const rolledUpHours = await archive.rolledUpHours('country', DAY, END)
  await archive.removeVideo('', 'v1', END)
  assert.deepEqual(await counted(archive, { by: 'country', rolledUpHours }), ofOther)
}

/** By each value; the minute of the first event is that of its hour where an hour is rolled up. */
async function counted(archive: DuckdbArchive, asked: Partial<BreakdownQuestion>) {
  const { firstMinute: _, ...found } = await ask(archive, { ...SITE, ...asked })
  return found
}

const WHAT = { dimensions: BY, valuesMax: 9, horizonMs: 0, aheadMs: 0 }
const SITE = { from: DAY, to: END, rowsMax: 9, scope: { tenant: '', videoIds: null, types: ['view'] } }

function eventOf(minute: number, videoId: string, country: string, offset: number) {
  return atMinute(minute, { id: `e${offset}`, offset, videoId, attributes: JSON.stringify({ country }) })
}

async function doneOf(archive: DuckdbArchive, act: Step['act'], step: number): Promise<unknown> {
  if (act.what === 'roll up') return archive.rollUpDimensions({ ...WHAT, hours: [act.hour] })
  if (act.what === 'remove') return archive.removeVideo('', act.videoId, act.hour)
  if (act.what === 'roll all up')
    return archive.rollUpDimensions({ ...WHAT, hours: await heldHours(archive) })
  if (act.what === 'next day') return nextDay(archive, step)
  const event = eventOf(act.hour + 30, 'v1', COUNTRIES[act.country]!, 1_000 + step)
  return archive.store(batchOf(`late-${step}`, 'events-late', [event]))
}

/** An hour of the next day is rolled up. */
async function nextDay(archive: DuckdbArchive, step: number): Promise<void> {
  await archive.store(batchOf(`next-${step}`, 'events-late', [eventOf(END, 'v1', 'DE', 2_000 + step)]))
  await archive.rollUpDimensions({ ...WHAT, hours: [END] })
}

/** What was rolled up and has not changed is known to be as raw events are. */
async function staysSettled(archive: DuckdbArchive, act: Act, before: readonly number[]): Promise<void> {
  const settled = await archive.settledHours('device', DAY, END)
  if (act.what === 'roll all up') assert.deepEqual(settled, await heldHours(archive))
  if (act.what !== 'roll up') return
  const held = new Set(await heldHours(archive))
  const expected = new Set([...before, act.hour].filter((one) => held.has(one)))
  assert.deepEqual(settled, Array.from(expected).sort())
}

async function heldHours(archive: DuckdbArchive): Promise<number[]> {
  return (await archive.holdings()).map((holding) => holding.hour).filter((one) => one < END)
}

async function saysTheSame(archive: DuckdbArchive, by: string): Promise<void> {
  const settledHours = await archive.settledHours(by, DAY, END)
  assert.deepEqual(await counted(archive, { by, settledHours }), await counted(archive, { by }))
}

async function filesOf(path: string) {
  const names = await readdir(join(path, 'dimensions'), { recursive: true }).catch(() => [])
  return currentFiles(
    dimensionFiles(names.map((name) => ({ key: `dimensions/${name}`, bytes: 0, modifiedMs: 0 }))),
  )
}
