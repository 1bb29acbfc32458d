import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAY_MS } from '../../model/bucket.ts'
import { recordedOpening } from '../../testing/recorded-opening.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { LevelDatabase } from '../disk/level-database.ts'
import { type EmbeddedSettings, openEmbedded } from './embedded.ts'

const DATABASES = ['log', 'counts', 'videos', 'uniques']

function settingsFor(dataDirectory: string): EmbeddedSettings {
  return {
    dataDirectory,
    layout: { partitions: 2, splits: new Map(), dedicated: new Map(), overflow: false },
    overflow: { kind: 'file', directory: join(dataDirectory, 'overflow') },
    limits: {
      horizonMs: 600_000,
      aheadMs: 60_000,
      eventsPerSecondMax: null,
      eventsPerSecondPerKeyMax: null,
      eventsPerSecondPerAddressMax: null,
    },
    rawRetention: { ageMs: DAY_MS, bytesMax: 1e9 },
    retention: { minutesMs: 14 * DAY_MS, hoursMs: 400 * DAY_MS },
    topsBytesMax: 1e8,
  }
}

/** Makes it impossible to open; returns the way to make it possible again. */
type Break = (root: string) => Promise<() => Promise<void>>

/** A database that another has open is refused. */
const held =
  (name: string): Break =>
  async (root) => {
    const database = await LevelDatabase.open(join(root, name), () => [])
    return () => database.close()
  }

/** A file in place of a directory, or of text that is ours. */
const inTheWay =
  (name: string): Break =>
  async (root) => {
    await rm(join(root, name), { recursive: true, force: true })
    await writeFile(join(root, name), '[')
    return () => rm(join(root, name))
  }

/** In the order of opening: how it fails, and how many things are open by then. */
const BREAKS: Readonly<Record<string, readonly [breaks: Break, code: string, opened: number]>> = {
  layouts: [inTheWay('layouts.json'), 'damaged', 0],
  log: [held('log'), 'locked', 0],
  'overload lane': [inTheWay('overflow'), 'ENOTDIR', 1],
  counts: [held('counts'), 'locked', 1],
  videos: [held('videos'), 'locked', 2],
  uniques: [held('uniques'), 'locked', 3],
}

for (const [name, [breakIt, code, opened]] of Object.entries(BREAKS)) {
  test(`where the ${name} cannot be opened, all that was opened before is closed, in reverse`, async () => {
    await using directory = await temporaryDirectory()
    const { path } = directory
    const first = recordedOpening()
    await openEmbedded(first, settingsFor(path))
    await first.stack.disposeAsync()
    const mend = await breakIt(path)
    const opening = recordedOpening()
    await assert.rejects(openEmbedded(opening, settingsFor(path)), { code })
    await opening.stack.disposeAsync()
    await mend()
    assert.deepEqual(opening.stack.closed, [3, 2, 1, 0].slice(4 - opened))
    for (const database of DATABASES) await (await held(database)(path))() // nobody else has it open
  })
}

test('all that was opened is closed, in reverse, and can be opened again', async () => {
  await using directory = await temporaryDirectory()
  for (let round = 0; round < 2; round++) {
    const opening = recordedOpening()
    const { log, uniques } = await openEmbedded(opening, settingsFor(directory.path))
    await opening.stack.disposeAsync()
    assert.deepEqual(opening.stack.closed, [4, 3, 2, 1, 0])
    await assert.rejects(log.append('events', 0, Buffer.of(1)), { code: 'closed' })
    await assert.rejects(uniques.merge([]), { code: 'unavailable' })
  }
})

test('what was removed is not called kept when a longer retention is set', async () => {
  await using directory = await temporaryDirectory()
  const nowMs = Date.parse('2026-12-01T12:00:00Z')
  const days = (count: number) => (nowMs - count * DAY_MS) / 60_000
  const coverage = { toMinute: nowMs / 60_000, exceptHours: [] }
  const open = async (retention: EmbeddedSettings['retention']) => {
    const opening = recordedOpening()
    return { opening, backing: await openEmbedded(opening, { ...settingsFor(directory.path), retention }) }
  }
  const short = { minutesMs: 3 * DAY_MS, hoursMs: 10 * DAY_MS }
  const before = await open(short)
  await before.backing.forms.stores.rollups.writeReconciled({ version: 1, ...coverage })
  await before.backing.forms.stores.sweep(nowMs, short)
  await before.opening.stack.disposeAsync()
  const after = await open({ minutesMs: 14 * DAY_MS, hoursMs: 400 * DAY_MS })
  const kept = after.backing.kept(nowMs, coverage)
  assert.deepEqual(kept, { minutesFrom: days(3), hoursFrom: days(10) - 720 })
  await after.opening.stack.disposeAsync()
})
