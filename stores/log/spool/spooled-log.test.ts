import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryLog } from '../../../testing/memory-log.ts'
import {
  APPEND_TIMEOUT_MS,
  AWAY,
  type Behaviour,
  SILENT,
  SpoolFixture,
  TAKEN_BUT_FAILED,
  TAKEN_BUT_SILENT,
  WORKING,
} from '../../../testing/spool-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { LogError, type LogErrorCode } from '../log.ts'
import { logContract } from '../log-contract.ts'
import { ANSWER_TIMEOUT_MS } from './drain.ts'
import { SPOOLED_OFFSET, type SpooledLog, type SpooledLogOptions, spooledLog } from './spooled-log.ts'

logContract('The spooled log, while the log is there', async (partitions) => {
  const around = await mkdtemp(join(tmpdir(), 'tally-spool-')) // the database keeps a mark beside its folder
  const directory = join(around, 'spool')
  const clock = new ManualClock()
  const memory = new MemoryLog({ clock, partitions })
  const options = {
    log: memory,
    directory,
    clock,
    bytesMax: 1 << 20,
    appendTimeoutMs: 60_000,
    random: () => 0,
  }
  const log = await spooledLog(options)
  return {
    log,
    passTime: async () => clock.advance(1_000),
    growPartitions: async (count) => memory.growPartitions(count),
    trim: async (source, offset) => memory.trim(source, offset),
    close: async () => {
      await log.close()
      await memory.close()
      await rm(around, { recursive: true, force: true })
    },
  }
})

type Run = (fixture: SpoolFixture, spooled: SpooledLog) => Promise<void>

async function withFixture(run: Run, options: Partial<SpooledLogOptions> = {}): Promise<void> {
  await using directory = await temporaryDirectory()
  const fixture = new SpoolFixture(directory.path, options)
  const spooled = await fixture.open()
  try {
    await run(fixture, spooled)
  } finally {
    await spooled.close()
  }
}

function append(spooled: SpooledLog, text: string, partition = 0): Promise<{ offset: number }> {
  return spooled.append('events', partition, Buffer.from(text))
}

async function rejects(code: LogErrorCode, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof LogError && error.code === code)
}

/** How long the drain paused between its attempts. */
function pausesOf({ clock }: SpoolFixture): number[] {
  return clock.sleepsMs.filter((ms) => ms !== APPEND_TIMEOUT_MS && ms !== ANSWER_TIMEOUT_MS)
}

const isEmpty = (spooled: SpooledLog) => () => spooled.state().records === 0

describe('A record that the log does not take', () => {
  const cases: [string, Behaviour, string[]][] = [
    ['refuses it', AWAY, ['a']],
    ['takes it, but says that it did not', TAKEN_BUT_FAILED, ['a', 'a']],
    ['does not answer', SILENT, ['a']],
    ['takes it, but does not answer', TAKEN_BUT_SILENT, ['a', 'a']],
  ]
  for (const [what, behaviour, expected] of cases) {
    it(`is kept and reaches it later, where the log ${what}`, () =>
      withFixture(async (fixture, spooled) => {
        fixture.behaviour = (take) => {
          fixture.behaviour = WORKING
          return behaviour(take)
        }
        const { offset } = await fixture.whileWaiting(append(spooled, 'a'))
        assert.equal(offset, SPOOLED_OFFSET)
        await fixture.until(isEmpty(spooled))
        assert.deepEqual(await fixture.texts(0), expected)
        assert.equal(spooled.state().drained, 1)
      }))
  }

  it('is not changed by what its caller does with the bytes meanwhile', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      const bytes = Buffer.from('first')
      const appending = spooled.append('events', 0, bytes)
      bytes.write('other')
      await appending
      fixture.behaviour = WORKING
      await fixture.until(isEmpty(spooled))
      assert.deepEqual(await fixture.texts(0), ['first'])
    }))

  it('is the sender’s to hear of, where waiting would not help', () =>
    withFixture(async (fixture, spooled) => {
      await rejects('unknown_partition', () => append(spooled, 'a', 99))
      fixture.behaviour = () => Promise.reject(new LogError('corrupt', 'The log is damaged.'))
      await rejects('corrupt', () => append(spooled, 'a'))
      assert.equal(spooled.state().records, 0)
    }))
})

describe('While the log is known to be away', () => {
  it('appends do not ask it, but the drain does now and then', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = SILENT
      await fixture.whileWaiting(append(spooled, 'a'))
      assert.equal(spooled.state().awayPartitions, 1)
      await fixture.until(() => fixture.asked === 2) // the drain waits for its answer
      const startMs = fixture.clock.nowMs()
      for (const text of ['b', 'c', 'd'])
        assert.deepEqual(await append(spooled, text), { offset: SPOOLED_OFFSET })
      assert.equal(fixture.asked, 2)
      assert.equal(fixture.clock.nowMs(), startMs)
      await fixture.until(() => fixture.asked === 3)
    }))

  it('the other partitions are asked all the same', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      await append(spooled, 'a', 0)
      fixture.behaviour = (take) => (fixture.asked % 2 === 0 ? AWAY(take) : WORKING(take))
      fixture.asked = 0
      assert.deepEqual(await append(spooled, 'b', 1), { offset: 0 })
    }))

  it('the drain asks ever more rarely, but never gives up', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      await append(spooled, 'a')
      await fixture.until(() => pausesOf(fixture).length >= 9)
      assert.deepEqual(pausesOf(fixture).slice(0, 9), [50, 100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500])
    }))

  it('what waits is sent in order when it is back, and appends take the direct way again', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      for (const text of ['a', 'b', 'c']) await append(spooled, text)
      fixture.behaviour = WORKING
      await fixture.until(isEmpty(spooled))
      assert.deepEqual(await append(spooled, 'd'), { offset: 3 })
      assert.deepEqual(await fixture.texts(0), ['a', 'b', 'c', 'd'])
      assert.equal(spooled.state().awayPartitions, 0)
    }))

  it('a log that is only slow counts as away, and gets no flood of copies', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = async (take) => {
        await fixture.clock.sleep(5 * APPEND_TIMEOUT_MS)
        return take()
      }
      await fixture.whileWaiting(append(spooled, 'a'))
      for (const text of ['b', 'c']) await append(spooled, text)
      await fixture.until(() => spooled.state().drained === 1)
      assert.equal(spooled.state().awayPartitions, 1)
      await fixture.until(isEmpty(spooled))
      assert.deepEqual((await fixture.texts(0)).toSorted(), ['a', 'a', 'b', 'c'])
    }))

  it('a backlog goes to a slow log together, so that it shrinks while more comes in', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      for (let i = 0; i < 300; i++) await append(spooled, `${i}`)
      let asked = 0
      let waits = 0
      fixture.behaviour = async (take) => {
        if (asked++ === 0) waits++
        await fixture.clock.sleep(2 * APPEND_TIMEOUT_MS)
        asked = 0
        return take()
      }
      await fixture.until(isEmpty(spooled))
      assert.ok(waits <= 3, `${waits} round trips`)
      assert.deepEqual(
        await fixture.texts(0),
        Array.from({ length: 300 }, (_, i) => `${i}`),
      )
    }))

  it('a lost answer to the drain holds nothing up for ever', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = SILENT
      await fixture.whileWaiting(append(spooled, 'a'))
      await fixture.until(() => fixture.asked === 2)
      fixture.behaviour = WORKING
      await fixture.until(isEmpty(spooled))
      assert.deepEqual(await fixture.texts(0), ['a'])
    }))
})

describe('The bound of the spool', () => {
  const record = 'x'.repeat(36) // and 64 bytes of overhead

  it('refuses what would go beyond it, and keeps all the rest', () =>
    withFixture(
      async (fixture, spooled) => {
        fixture.behaviour = AWAY
        await append(spooled, record, 0)
        const later = await Promise.allSettled(
          [1, 2, 0, 1].map((partition) => append(spooled, record, partition)),
        )
        assert.equal(later.filter(({ status }) => status === 'rejected').length, 2)
        const { records, bytes, refused } = spooled.state()
        assert.deepEqual({ records, bytes, refused }, { records: 3, bytes: 300, refused: 2 })
        await rejects('unavailable', () => append(spooled, '', 2))
        fixture.behaviour = WORKING
        await fixture.until(isEmpty(spooled))
        assert.equal((await fixture.allTexts()).length, 3)
        fixture.behaviour = AWAY
        assert.deepEqual(await append(spooled, record), { offset: SPOOLED_OFFSET })
      },
      { bytesMax: 350 },
    ))

  it('leaves room on the disk, without which nothing could be removed', async () => {
    let freeBytes = (64 << 20) + 200
    await withFixture(
      async (fixture, spooled) => {
        fixture.behaviour = AWAY
        await append(spooled, record)
        freeBytes += 99 // 100 for the record that waits already, 200 for the next
        await rejects('unavailable', () => append(spooled, record))
        freeBytes += 1
        assert.deepEqual(await append(spooled, record), { offset: SPOOLED_OFFSET })
      },
      { freeBytes: async () => freeBytes },
    )
  })

  it('is that of empty records as well', () =>
    withFixture(
      async (fixture, spooled) => {
        fixture.behaviour = AWAY
        for (const _ of [1, 2]) await append(spooled, '')
        await rejects('unavailable', () => append(spooled, ''))
      },
      { bytesMax: 150 },
    ))
})

describe('The state of the spool', () => {
  it('is told whenever it changes', async () => {
    const told: number[] = []
    await withFixture(
      async (fixture, spooled) => {
        fixture.behaviour = AWAY
        const startMs = fixture.clock.nowMs()
        await append(spooled, 'a')
        assert.deepEqual(spooled.state(), {
          records: 1,
          bytes: 65,
          oldestAtMs: startMs,
          awayPartitions: 1,
          drained: 0,
          refused: 0,
        })
        fixture.behaviour = WORKING
        await fixture.until(() => told.at(-1) === 0)
        assert.equal(spooled.state().oldestAtMs, null)
        assert.deepEqual(
          told.filter((records, i) => records !== told[i - 1]),
          [0, 1, 0],
        )
      },
      { onState: ({ records }) => told.push(records) },
    )
  })

  it('knows the age of the oldest record of all partitions', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      const startMs = fixture.clock.nowMs()
      await append(spooled, 'a', 1)
      fixture.clock.advance(10_000)
      await append(spooled, 'b', 0)
      await append(spooled, 'c', 1)
      assert.equal(spooled.state().oldestAtMs, startMs)
    }))

  it('knows it also where the clock is set back, until nothing waits', () =>
    withFixture(async (fixture, spooled) => {
      fixture.behaviour = AWAY
      const startMs = fixture.clock.nowMs()
      await append(spooled, 'a')
      fixture.clock.advance(-600_000)
      await append(spooled, 'b')
      fixture.clock.advance(5_000)
      await append(spooled, 'c')
      assert.equal(spooled.state().oldestAtMs, startMs - 600_000)
      fixture.behaviour = WORKING
      await fixture.until(() => spooled.state().records === 0)
      fixture.behaviour = AWAY
      const againMs = fixture.clock.nowMs()
      assert.ok(againMs < startMs)
      await append(spooled, 'd')
      const { oldestAtMs } = spooled.state()
      assert.ok(oldestAtMs! >= againMs && oldestAtMs! <= fixture.clock.nowMs(), `${oldestAtMs! - againMs}`)
    }))
})
