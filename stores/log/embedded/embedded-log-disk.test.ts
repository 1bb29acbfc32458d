// What the embedded log keeps, removes and notices on disk.
import assert from 'node:assert/strict'
import { readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SOURCES_LEAD_MS } from '../../../model/naming.ts'
import { failNextWrite } from '../../../testing/failing-write.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { DataDirectoryError } from '../../disk/data-directory.ts'
import { LevelDatabase, type Operation } from '../../disk/level-database.ts'
import { LogError, type LogErrorCode } from '../log.ts'
import { appendTexts, sourceAt, textsOf } from '../log-contract.ts'
import { EmbeddedLog, type EmbeddedLogOptions, openEmbeddedLog } from './embedded-log.ts'
import { loadPartitions } from './partition.ts'
import { RecordStore } from './record-store.ts'
import { endKey, IDENTITY_KEY, NAME_KEY_KEY, recordKey, SOURCES_FROM_KEY } from './records.ts'

const KEEP_ALL = { ageMs: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER }
const PROTECT_NOTHING = async () => Number.MAX_SAFE_INTEGER
const ALL = { bytesMax: 1 << 30, waitMs: 0 }

function optionsFor(directory: string, options: Partial<EmbeddedLogOptions> = {}): EmbeddedLogOptions {
  return {
    directory,
    clock: new ManualClock(),
    partitions: 2,
    retention: KEEP_ALL,
    cacheBytesMax: 0,
    ...options,
  }
}

describe('The horizons of the embedded log', () => {
  it('are remembered: what a shorter one has closed by its end stays closed, whatever the clock says', async () => {
    await using directory = await temporaryDirectory()
    const clock = new ManualClock()
    const follow = async (horizonMs: number) => {
      const log = await openEmbeddedLog(optionsFor(directory.path, { clock }))
      const earlier = await log.followHorizon(horizonMs)
      await appendTexts(log, 'events', 1, ['a'])
      await log.close()
      return earlier
    }
    assert.deepEqual(await follow(600_000), [])
    clock.advance(60_000)
    assert.deepEqual(await follow(600_000), [])
    const untilMs = clock.nowMs()
    clock.advance(-3_600_000)
    const ended = [{ horizonMs: 600_000, untilMs }]
    assert.deepEqual(await follow(3_600_000), ended)
    assert.deepEqual(await follow(3_600_000), ended)
    assert.deepEqual(await follow(60_000), [])
  })
})

describe('The name key of the embedded log', () => {
  it('is made with the log, stays, and is another for another log', async () => {
    await using directory = await temporaryDirectory()
    await using other = await temporaryDirectory()
    const made = await openAndClose(directory.path)
    assert.deepEqual(await openAndClose(directory.path), made)
    assert.notEqual((await openAndClose(other.path)).key.id, made.key.id)
    assert.equal(made.sourcesFromMs, 0)
  })

  it('is made at the next start where the log is older than keys', async () => {
    await using directory = await temporaryDirectory()
    const log = await openEmbeddedLog(optionsFor(directory.path))
    await appendTexts(log, 'events', 0, ['a'])
    await log.close()
    await forgetKey(directory.path)
    const made = await openAndClose(directory.path)
    assert.notEqual(made.key.id, log.naming.key.id)
    const reopened = await openEmbeddedLog(optionsFor(directory.path))
    assert.equal(reopened.naming.key.id, made.key.id)
    assert.deepEqual(await textsOf(reopened, 'events', 0), ['a'])
    await reopened.close()
  })

  it('comes to an older log with a minute from which on sources count, later than all it holds', async () => {
    await using directory = await temporaryDirectory()
    const clock = new ManualClock()
    const log = await openEmbeddedLog(optionsFor(directory.path, { clock }))
    await appendTexts(log, 'events', 1, ['a'])
    await log.close()
    await forgetKey(directory.path)
    const latestMs = clock.nowMs()
    clock.advance(-3 * 3_600_000)
    const { sourcesFromMs } = await openAndClose(directory.path, clock)
    assert.ok(sourcesFromMs >= latestMs + SOURCES_LEAD_MS && sourcesFromMs % 60_000 === 0)
    clock.advance(24 * 3_600_000)
    assert.equal((await openAndClose(directory.path, clock)).sourcesFromMs, sourcesFromMs)
  })

  async function openAndClose(directory: string, clock = new ManualClock()) {
    const log = await openEmbeddedLog(optionsFor(directory, { clock }))
    await log.close()
    return log.naming
  }

  async function forgetKey(directory: string) {
    const database = await LevelDatabase.open(directory, () => [])
    await database.write([{ type: 'del', key: NAME_KEY_KEY }])
    await database.close()
  }
})

describe('The embedded log, opened again', () => {
  it('has the same sources, records, end and times', async () => {
    await using directory = await temporaryDirectory()
    const clock = new ManualClock()
    const log = await openEmbeddedLog(optionsFor(directory.path, { clock }))
    const sources = await log.sources('events')
    await appendTexts(log, 'events', 1, ['a', 'b'])
    await log.close()
    clock.advance(-5_000)
    const reopened = await openEmbeddedLog(optionsFor(directory.path, { clock }))
    assert.deepEqual(await reopened.sources('events'), sources)
    assert.deepEqual(await appendTexts(reopened, 'events', 1, ['c']), [2])
    const { records } = await reopened.read(sources[1]!, 0, ALL)
    assert.equal(records[2]!.logTimeMs, records[0]!.logTimeMs)
    assert.deepEqual(await textsOf(reopened, 'events', 1), ['a', 'b', 'c'])
    await reopened.close()
  })

  it('keeps the partitions that it grew to, and grows by its setting', async () => {
    await using directory = await temporaryDirectory()
    const log = await openEmbeddedLog(optionsFor(directory.path))
    await Promise.all([log.growPartitions(5), log.growPartitions(4), log.growPartitions(3)])
    await log.close()
    for (const [setting, expected] of [
      [2, 5],
      [7, 7],
      [1, 7],
    ] as const) {
      const reopened = await openEmbeddedLog(optionsFor(directory.path, { partitions: setting }))
      assert.equal((await reopened.sources('events')).length, expected)
      await reopened.close()
    }
  })

  it('names a new log by the incarnation it is given, and another one otherwise', async () => {
    const ids: string[] = []
    for (const incarnation of ['00c0ffee', 'ffffffff']) {
      await using directory = await temporaryDirectory()
      const log = await openEmbeddedLog(optionsFor(directory.path, { newIncarnation: () => incarnation }))
      for (const lane of ['events', 'events-late'] as const) ids.push((await sourceAt(log, lane, 1)).id)
      await log.close()
    }
    assert.deepEqual(ids, ['00c0ffee-1', '00c0ffef-1', 'ffffffff-1', '00000000-1'])
  })

  it('finishes the appends under way when it closes', async () => {
    await using directory = await temporaryDirectory()
    const log = await openEmbeddedLog(optionsFor(directory.path))
    const appending = appendTexts(log, 'events', 0, ['a'])
    await Promise.all([appending, log.close()])
    const reopened = await openEmbeddedLog(optionsFor(directory.path))
    assert.deepEqual(await textsOf(reopened, 'events', 0), ['a'])
    await reopened.close()
  })

  it('is refused to a second opener', async () => {
    await using directory = await temporaryDirectory()
    const log = await openEmbeddedLog(optionsFor(directory.path))
    const opening = openEmbeddedLog(optionsFor(directory.path))
    await assert.rejects(opening, (error) => error instanceof DataDirectoryError && error.code === 'locked')
    await log.close()
  })
})

describe('Retention', () => {
  it('removes what is older than its age, for good', async () => {
    await using directory = await temporaryDirectory()
    const clock = new ManualClock()
    const options = optionsFor(directory.path, { clock, retention: { ...KEEP_ALL, ageMs: 10_000 } })
    const log = await openEmbeddedLog(options)
    for (const text of ['a', 'b', 'c']) {
      await appendTexts(log, 'events', 0, [text])
      clock.advance(5_000)
    }
    await log.enforceRetention(PROTECT_NOTHING)
    assert.deepEqual(await textsOf(log, 'events', 0), ['b', 'c'])
    await log.close()
    const reopened = await openEmbeddedLog(options)
    assert.deepEqual(await reopened.bounds(await sourceAt(reopened, 'events', 0)), {
      startOffset: 1,
      endOffset: 3,
    })
    clock.advance(60_000)
    await reopened.enforceRetention(PROTECT_NOTHING)
    assert.deepEqual(await appendTexts(reopened, 'events', 0, ['d']), [3])
    assert.deepEqual(await textsOf(reopened, 'events', 0), ['d'])
    await reopened.close()
  })

  it('removes the oldest records of a partition that holds too many bytes', async () => {
    await using directory = await temporaryDirectory()
    const log = await openEmbeddedLog(optionsFor(directory.path, { retention: { ...KEEP_ALL, bytesMax: 9 } }))
    await appendTexts(log, 'events', 0, ['aaaa', 'bbbb', 'cccc'])
    await appendTexts(log, 'events', 1, ['aaaa'])
    await log.enforceRetention(PROTECT_NOTHING)
    assert.deepEqual(await textsOf(log, 'events', 0), ['bbbb', 'cccc'])
    assert.deepEqual(await textsOf(log, 'events', 1), ['aaaa'])
    await log.close()
  })

  it('keeps what an owner would still need to read', async () => {
    await using directory = await temporaryDirectory()
    const log = await openEmbeddedLog(optionsFor(directory.path, { retention: { ...KEEP_ALL, bytesMax: 0 } }))
    await appendTexts(log, 'events', 0, ['a', 'b', 'c'])
    await appendTexts(log, 'events', 1, ['a', 'b', 'c'])
    await log.enforceRetention(async ({ partition }) => partition + 1)
    assert.deepEqual(await textsOf(log, 'events', 0), ['b', 'c'])
    assert.deepEqual(await textsOf(log, 'events', 1), ['c'])
    await log.close()
  })
})

describe('A write that fails', () => {
  const fates: Record<string, (write: () => Promise<void>) => Promise<void>> = {
    'left nothing behind': async () => {},
    'was written all the same': (write) => write(),
  }
  for (const [fate, take] of Object.entries(fates)) {
    it(`is told to its appenders, and the log goes on after it, where it ${fate}`, async () => {
      await using directory = await temporaryDirectory()
      const { log, database } = await openFailing(directory.path)
      await appendTexts(log, 'events', 0, ['a'])
      failNextWrite(database, take)
      await rejects('unavailable', () => log.append('events', 0, Buffer.from('b')))
      await appendTexts(log, 'events', 0, ['c'])
      const texts = await textsOf(log, 'events', 0)
      assert.deepEqual(texts, fate === 'left nothing behind' ? ['a', 'c'] : ['a', 'b', 'c'])
      await log.close()
    })
  }
})

async function openFailing(directory: string) {
  const options = optionsFor(directory, { cacheBytesMax: 1 << 20 })
  await openEmbeddedLog(options).then((log) => log.close())
  const database = await LevelDatabase.open(directory, () => [])
  const store = new RecordStore(database)
  const identity = await store.identity()
  const naming = (await store.naming())!
  const partitions = await loadPartitions(store, identity)
  const log = new EmbeddedLog(options, store, identity.incarnation, naming, partitions)
  return { log, database }
}

describe('A damaged directory', () => {
  const file = async (directory: string, pattern: RegExp) =>
    join(directory, (await readdir(directory)).find((name) => pattern.test(name))!)
  const change = async (directory: string, operations: Operation[]) => {
    const database = await LevelDatabase.open(directory, () => [])
    await database.write(operations)
    await database.close()
  }
  const garbage = new Uint8Array(40).fill(7)

  const atOpening: Record<string, (directory: string) => Promise<void>> = {
    'that lost CURRENT': (directory) => rm(join(directory, 'CURRENT')),
    'that lost CURRENT when its journal was empty': async (directory) => {
      await openEmbeddedLog(optionsFor(directory)).then((log) => log.close())
      await rm(join(directory, 'CURRENT'))
    },
    'with garbage in CURRENT': (directory) => writeFile(join(directory, 'CURRENT'), 'garbage\n'),
    'with an empty CURRENT': (directory) => writeFile(join(directory, 'CURRENT'), ''),
    'that lost its MANIFEST': async (directory) => rm(await file(directory, /^MANIFEST/)),
    'with garbage in its MANIFEST': async (directory) =>
      writeFile(await file(directory, /^MANIFEST/), 'garbage'),
    'that lost a sorted file': async (directory) => rm(await file(directory, /ldb$/)),
    'with a torn sorted file': async (directory) => truncate(await file(directory, /ldb$/), 60),
    'with a garbled sorted file': async (directory) => writeFile(await file(directory, /ldb$/), garbage),
    'that lost its identity': (directory) => change(directory, [{ type: 'del', key: IDENTITY_KEY }]),
    'with a garbled name key': (directory) =>
      change(directory, [{ type: 'put', key: NAME_KEY_KEY, value: garbage }]),
    'with a garbled time of sources': (directory) =>
      change(directory, [{ type: 'put', key: SOURCES_FROM_KEY, value: garbage }]),
    'that lost its mark': (directory) => change(directory, [{ type: 'del', key: '!mark' }]),
    'that lost an end': (directory) => change(directory, [{ type: 'del', key: endKey('events', 0) }]),
    'with a garbled end': (directory) =>
      change(directory, [{ type: 'put', key: endKey('events', 0), value: garbage }]),
    'that lost its last record': (directory) =>
      change(directory, [{ type: 'del', key: recordKey('events', 0, 2) }]),
    'that lost its first record': (directory) =>
      change(directory, [{ type: 'del', key: recordKey('events', 0, 0) }]),
  }
  for (const [how, harm] of Object.entries(atOpening)) {
    it(`${how} is named when it is opened, every time`, async () => {
      await using directory = await temporaryDirectory()
      await fill(directory.path)
      await harm(directory.path)
      for (const _ of [1, 2])
        await rejectsNaming(directory.path, () => openEmbeddedLog(optionsFor(directory.path)))
    })
  }

  const atReading: Record<string, Operation> = {
    'that lost a record between others': { type: 'del', key: recordKey('events', 0, 1) },
    'with a garbled record': { type: 'put', key: recordKey('events', 0, 1), value: garbage },
  }
  for (const [how, operation] of Object.entries(atReading)) {
    it(`${how} is named when it is read`, async () => {
      await using directory = await temporaryDirectory()
      await fill(directory.path)
      await change(directory.path, [operation])
      const log = await openEmbeddedLog(optionsFor(directory.path))
      const source = await sourceAt(log, 'events', 0)
      const message = /events, partition 0: the record at offset 1 /
      await rejectsNaming(directory.path, () => log.read(source, 0, ALL), message)
      await log.close()
    })
  }
})

async function fill(directory: string): Promise<void> {
  const log = await openEmbeddedLog(optionsFor(directory))
  await appendTexts(log, 'events', 0, ['a', 'b', 'c'])
  await log.close()
}

async function rejectsNaming(directory: string, act: () => Promise<unknown>, message = /./): Promise<void> {
  await assert.rejects(act, (error) => {
    assert.ok(error instanceof LogError, String(error))
    assert.equal(error.code, 'corrupt')
    assert.match(error.message, message)
    assert.ok(error.message.includes(`${directory} is damaged: restore it from a backup`), error.message)
    return true
  })
}

async function rejects(code: LogErrorCode, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof LogError && error.code === code)
}
