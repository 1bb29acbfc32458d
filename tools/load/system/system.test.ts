import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Breaking } from './breaking.ts'
import { Exposition } from './exposition.ts'
import { chartsOf, figuresOf } from './figures.ts'
import type { Look } from './look.ts'
import { growth } from './monitor.ts'
import { rssSlope } from './slope.ts'
import { LIMITS, type ProcessReading, type Reading } from './symptoms.ts'

const NOTHING: Look = {
  ...{ atMs: 0, cpuS: null, rssMib: null, loopDelayMs: null, lagRecords: null, freshnessS: null },
  ...{ queueRows: null, breaker: null, spoolBytes: null, appends: null, appendS: null, appendFailures: null },
  ...{ halted: null, refusedRequests: null, failedRequests: null },
}

test('figures are read from the text of a process, over all labels or some', () => {
  const told = new Exposition(
    '# HELP lag Records.\nlag{source="a"} 3\nlag{source="b"} 4\n' +
      'requests{status="202"} 9\nrequests{status="503"} 2\nrss 1.5e+6\nage NaN\n',
  )
  assert.deepEqual([told.sum('lag'), told.max('lag'), told.sum('rss')], [7, 4, 1_500_000])
  assert.equal(told.sum('requests', 'status="5'), 2)
  assert.equal(told.sum('other'), null)
})

test('a counter that starts again has grown by what it shows', () => {
  const looks = [10, 12, null, 3, 4].map((cpuS) => ({ ...NOTHING, cpuS }))
  assert.equal(
    growth(looks, ({ cpuS }) => cpuS),
    6,
  )
})

function course(minutes: number, growthPerHour: number, fromMinute = 0): Look[] {
  return Array.from({ length: minutes * 2 }, (_, i) => ({
    ...NOTHING,
    atMs: (fromMinute + i / 2) * 60_000,
    cpuS: i,
    rssMib: i < 20 ? 200 + i * 10 : 400 * (1 + (growthPerHour * i) / 120),
  }))
}

test('growth of memory is told of the longest life of a process, once it is warm', () => {
  assert.match(rssSlope(course(60, 0)), /^\+0\.00 % an hour/)
  assert.match(rssSlope([...course(10, 5), ...course(60, 0.1, 10)]), /^\+9\.\d\d % an hour/)
  assert.match(rssSlope(course(30, 0)), /too short/)
})

test('memory that is taken for seconds and given back is not growth', () => {
  const spikes = course(60, 0).map((look, i) => (i % 7 === 3 ? { ...look, rssMib: 400 + 4 * i } : look))
  assert.match(rssSlope(spikes), /^\+0\.00 % an hour/)
})

const WELL: ProcessReading = {
  ...{ name: 'server', loopDelayMs: 20, appendMs: 5, appendFailures: 0, spoolBytes: 0, freshnessS: 1 },
  ...{ queueRows: 100, breaker: 0, halted: 0 },
}

function reading(rate: number, process: Partial<ProcessReading> = {}, rest: Partial<Reading> = {}): Reading {
  return {
    ...{ offeredPerS: rate, acknowledgedPerS: rate, acknowledgeP99Ms: 50, refused: 0, failed: 0 },
    ...{ notSentPerS: 0, senderLateMs: 5 },
    processes: [{ ...WELL, ...process }],
    ...rest,
  }
}

function broken(readings: readonly Reading[]): Breaking {
  const breaking = new Breaking([])
  for (const [second, one] of readings.entries()) breaking.judge(one, second * 1_000)
  return breaking
}

test('what gives way first is named, with the rate that was carried and the rate that was offered', () => {
  const late = { loopDelayMs: LIMITS.loopDelayMs + 1 }
  const slow = { acknowledgeP99Ms: 2_000 }
  const breaking = broken([
    reading(90_000),
    reading(100_000),
    ...[110_000, 120_000, 130_000].map((rate) => reading(rate, late)),
    ...[140_000, 150_000, 160_000].map((rate) => reading(rate, late, slow)),
  ])
  assert.match(
    breaking.headline(),
    /^carried 120,000 events\/s; broke first, at 130,000 events\/s offered: the event loop of server: late by 251 ms/,
  )
  assert.deepEqual(
    breaking.notes().map(({ atMs, text }) => [atMs, text.slice(0, 31)]),
    [
      [4_000, 'at 130,000 events/s: the event '],
      [7_000, 'at 160,000 events/s: the door: '],
    ],
  )
})

test('what shows once or twice has not given way', () => {
  const once = reading(10, { breaker: 2 })
  assert.match(
    broken([once, once, reading(20), once, once]).headline(),
    /^carried 20 events\/s; nothing broke$/,
  )
})

test('of what gives way at once, what lies behind is named first', () => {
  const all = reading(10, { breaker: 2, freshnessS: 60 }, { failed: 9, senderLateMs: 5_000 })
  const texts = broken([all, all, all])
    .notes()
    .map(({ text }) => text)
  assert.deepEqual(
    texts.map((text) => /: the (\w+)/.exec(text)![1]),
    ['store', 'counting', 'door', 'sender'],
  )
})

test('a line breaks off where a process did not answer', () => {
  const looks = [0, 2, 4, 12, 14].map((s) => ({ ...NOTHING, atMs: s * 1_000, rssMib: 100 + s }))
  const [memory] = chartsOf([{ name: 'server', looks }], 0).filter(({ title }) => title === 'Resident memory')
  assert.deepEqual(memory!.lines[0]!.points, [
    [0, 100],
    [2_000, 102],
    [4_000, 104],
    [4_001, null],
    [12_000, 112],
    [14_000, 114],
  ])
})

test('the figures of a run name CPU by what was acknowledged, and memory by process', () => {
  const looks = [0, 1, 2].map((s) => ({ ...NOTHING, atMs: s, cpuS: s, rssMib: 100 + s, freshnessS: s }))
  const figures = figuresOf([{ name: 'server', looks }], 500_000, 1)
  const text = (name: string) => figures.find((figure) => figure.name === name)?.text
  assert.equal(text('CPU of the system'), '4.00 s per million events')
  assert.equal(text('CPU of the sender'), '2.00 s per million events')
  assert.match(text('memory of server') ?? '', /^102 MiB at the most, too short/)
  assert.equal(text('age of complete counts'), 'p50 1.00 s, p99 2.00 s, 2.00 s at the most')
})
