// What every form of the log must do, as tests. A form opens itself empty; for steps that are outside the log (time,
// growth, retention), it provides a way to cause them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LANES } from './lanes.ts'
import { type Lane, type Log, LogError, type LogErrorCode, type LogRecord, type Source } from './log.ts'

export type LogUnderTest = {
  readonly log: Log
  /** Log time rises by a second at least, and every wait of up to a second ends. */
  passTime(): Promise<void>
  growPartitions(count: number): Promise<void>
  /** Removes all records before the offset. */
  trim(source: Source, offset: number): Promise<void>
  close(): Promise<void>
  /** What records carry is lost at once: they are read from a disk. */
  readonly losesCarried?: true
}

const WAIT_MS = 1_000
const ALL = { bytesMax: 1 << 30, waitMs: 0 }

/** Runs the contract on a form that opens with `partitions` partitions in a lane. */
export function logContract(name: string, open: (partitions: number) => Promise<LogUnderTest>): void {
  const test = (title: string, run: (opened: LogUnderTest) => Promise<void>) =>
    it(title, async () => {
      const opened = await open(3)
      try {
        await run(opened)
      } finally {
        await opened.close()
      }
    })
  describe(name, () => {
    appending(test)
    carrying(test)
    reading(test)
    waiting(test)
    times(test)
    partitions(test)
    faults(test)
  })
}

type Test = (title: string, run: (opened: LogUnderTest) => Promise<void>) => void

function appending(test: Test): void {
  test('numbers the records of a partition from 0 without gaps', async ({ log }) => {
    const offsets = await appendTexts(log, 'events', 1, ['a', 'b', 'c'])
    assert.deepEqual(offsets, [0, 1, 2])
    assert.deepEqual(await textsOf(log, 'events', 1), ['a', 'b', 'c'])
  })

  test('keeps lanes and partitions apart', async ({ log }) => {
    await appendTexts(log, 'events', 0, ['on time'])
    await appendTexts(log, 'events', 2, ['elsewhere', 'twice'])
    await appendTexts(log, 'events-late', 0, ['late'])
    await appendTexts(log, 'events-dead', 0, ['dead'])
    assert.deepEqual(await textsOf(log, 'events', 0), ['on time'])
    assert.deepEqual(await textsOf(log, 'events', 1), [])
    assert.deepEqual(await textsOf(log, 'events', 2), ['elsewhere', 'twice'])
    assert.deepEqual(await textsOf(log, 'events-late', 0), ['late'])
    assert.deepEqual(await textsOf(log, 'events-dead', 0), ['dead'])
  })

  test('keeps every one of many concurrent appends, each at the offset it was told', async ({ log }) => {
    const texts = Array.from({ length: 300 }, (_, i) => `record ${i}`)
    const appends = texts.map((text, i) => log.append('events', i % 3, Buffer.from(text)))
    const offsets = (await Promise.all(appends)).map(({ offset }) => offset)
    for (const partition of [0, 1, 2]) {
      const expected: string[] = []
      for (const [i, text] of texts.entries()) if (i % 3 === partition) expected[offsets[i]!] = text
      assert.deepEqual(await textsOf(log, 'events', partition), expected)
    }
  })

  test('gives the appends of one caller their offsets in the order of the calls', async ({ log }) => {
    const appends = ['a', 'b', 'c'].map((text) => log.append('events', 0, Buffer.from(text)))
    assert.deepEqual(await Promise.all(appends), [{ offset: 0 }, { offset: 1 }, { offset: 2 }])
  })

  test('shows a record to readers once its append has resolved', async ({ log }) => {
    for (const text of ['a', 'b', 'c']) {
      const { offset } = await log.append('events', 0, Buffer.from(text))
      const { records } = await log.read(await sourceAt(log, 'events', 0), offset, ALL)
      assert.equal(textOf(records[0]!), text)
    }
  })

  test('is not changed by what its caller does with the bytes afterwards', async ({ log }) => {
    const bytes = Buffer.from('first')
    const append = log.append('events', 0, bytes)
    bytes.write('other')
    await append
    assert.deepEqual(await textsOf(log, 'events', 0), ['first'])
  })

  test('keeps an empty record and a large one', async ({ log }) => {
    const large = Buffer.alloc(3_000_000, 'x')
    await log.append('events', 0, new Uint8Array())
    await log.append('events', 0, large)
    const { records } = await log.read(await sourceAt(log, 'events', 0), 0, ALL)
    assert.equal(records[0]!.bytes.length, 0)
    assert.ok(large.equals(records[1]!.bytes))
  })
}

const TRACEPARENTS = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)

function carrying(test: Test): void {
  test('tells readers what a record carries, which changes nothing else of it', async (opened) => {
    const { log, losesCarried } = opened
    const carried = [undefined, { traceparents: TRACEPARENTS.slice(0, 1) }, { traceparents: TRACEPARENTS }]
    for (const [i, one] of carried.entries()) await log.append('events', 0, Buffer.from(`${i}`), one)
    assert.deepEqual(await textsOf(log, 'events', 0), ['0', '1', '2'])
    const { records } = await log.read(await sourceAt(log, 'events', 0), 0, ALL)
    assert.deepEqual(
      records.map(({ traceparents }) => traceparents),
      losesCarried ? [undefined, undefined, undefined] : carried.map((one) => one?.traceparents),
    )
    assert.ok(!('traceparents' in records[0]!), 'nothing is nothing')
  })
}

function reading(test: Test): void {
  test('reads from any offset held, and nothing at the end', async ({ log }) => {
    await appendTexts(log, 'events', 0, ['a', 'b', 'c'])
    const source = await sourceAt(log, 'events', 0)
    for (const [from, expected] of [['a', 'b', 'c'], ['b', 'c'], ['c'], []].entries()) {
      const { records, endOffset } = await log.read(source, from, ALL)
      assert.deepEqual(records.map(textOf), expected)
      assert.equal(endOffset, 3)
    }
  })

  test('stops after the record that reaches bytesMax, but never before the first', async ({ log }) => {
    await appendTexts(log, 'events', 0, ['1234', '1234', '1234'])
    const source = await sourceAt(log, 'events', 0)
    const cases = [
      { bytesMax: 0, count: 1 },
      { bytesMax: 1, count: 1 },
      { bytesMax: 4, count: 1 },
      { bytesMax: 5, count: 2 },
      { bytesMax: 8, count: 2 },
      { bytesMax: 9, count: 3 },
      { bytesMax: 99, count: 3 },
    ]
    for (const { bytesMax, count } of cases) {
      const { records, endOffset } = await log.read(source, 0, { bytesMax, waitMs: 0 })
      assert.equal(records.length, count, `bytesMax ${bytesMax}`)
      assert.equal(endOffset, 3)
    }
  })

  test('names what it holds', async ({ log, trim }) => {
    const source = await sourceAt(log, 'events', 0)
    assert.deepEqual(await log.bounds(source), { startOffset: 0, endOffset: 0 })
    await appendTexts(log, 'events', 0, ['a', 'b', 'c'])
    assert.deepEqual(await log.bounds(source), { startOffset: 0, endOffset: 3 })
    await trim(source, 2)
    assert.deepEqual(await log.bounds(source), { startOffset: 2, endOffset: 3 })
    await trim(source, 3)
    assert.deepEqual(await log.bounds(source), { startOffset: 3, endOffset: 3 })
  })

  test('names the ends of a whole lane, removed records counted', async ({ log, trim, growPartitions }) => {
    assert.deepEqual(await endsOf(log, 'events'), [0, 0, 0])
    await appendTexts(log, 'events', 2, ['a', 'b', 'c'])
    await appendTexts(log, 'events-late', 0, ['d'])
    await trim(await sourceAt(log, 'events', 2), 3)
    await growPartitions(4)
    assert.deepEqual(await endsOf(log, 'events'), [0, 0, 3, 0])
    assert.deepEqual(await endsOf(log, 'events-late'), [1, 0, 0, 0])
    assert.deepEqual(await endsOf(log, 'events-dead'), [0])
  })

  test('goes on counting when everything was removed', async ({ log, trim }) => {
    const source = await sourceAt(log, 'events', 0)
    await appendTexts(log, 'events', 0, ['a', 'b'])
    await trim(source, 2)
    assert.deepEqual(await appendTexts(log, 'events', 0, ['c']), [2])
    assert.deepEqual((await log.read(source, 2, ALL)).records.map(textOf), ['c'])
  })
}

function waiting(test: Test): void {
  test('wakes a reader that waits at the end', async ({ log }) => {
    const source = await sourceAt(log, 'events', 0)
    const reading = log.read(source, 0, { bytesMax: 100, waitMs: 60_000 })
    await log.append('events', 0, Buffer.from('a'))
    const { records, endOffset } = await reading
    assert.deepEqual(records.map(textOf), ['a'])
    assert.equal(endOffset, 1)
  })

  test('wakes every reader that waits', async ({ log }) => {
    const source = await sourceAt(log, 'events', 0)
    const readings = [1, 2, 3].map(() => log.read(source, 0, { bytesMax: 100, waitMs: 60_000 }))
    await log.append('events', 0, Buffer.from('a'))
    for (const { records } of await Promise.all(readings)) assert.deepEqual(records.map(textOf), ['a'])
  })

  test('returns an empty slice when the wait is over', async ({ log, passTime }) => {
    const source = await sourceAt(log, 'events', 0)
    const reading = log.read(source, 0, { bytesMax: 100, waitMs: WAIT_MS })
    await log.append('events', 1, Buffer.from('for others'))
    await passTime()
    assert.deepEqual(await reading, { records: [], endOffset: 0 })
  })

  test('ends a wait with the code closed when it closes', async ({ log, close }) => {
    const reading = log.read(await sourceAt(log, 'events', 0), 0, { bytesMax: 100, waitMs: 60_000 })
    await Promise.all([fails('closed', () => reading), close()])
  })
}

function times(test: Test): void {
  test('stamps log times that do not step back', async ({ log, passTime }) => {
    const times = (await threeSeconds(log, passTime)).map(({ logTimeMs }) => logTimeMs)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })

  test('finds the first offset at or after a time', async ({ log, passTime, trim }) => {
    const records = await threeSeconds(log, passTime)
    const source = await sourceAt(log, 'events', 0)
    const [first, , , second, , , third] = records.map(({ logTimeMs }) => logTimeMs)
    const cases: [number, number][] = [
      [0, 0],
      [first!, 0],
      [first! + 1, 3],
      [second!, 3],
      [second! + 1, 6],
      [third!, 6],
      [third! + 1, 9],
    ]
    for (const [timeMs, offset] of cases) assert.equal(await log.offsetForTime(source, timeMs), offset)
    await trim(source, 4)
    assert.equal(await log.offsetForTime(source, 0), 4)
  })

  test('gives the end for any time where it holds nothing', async ({ log }) => {
    assert.equal(await log.offsetForTime(await sourceAt(log, 'events', 0), 0), 0)
  })
}

function partitions(test: Test): void {
  test('names its partitions, no two alike', async ({ log }) => {
    const lanes = await Promise.all(LANES.map((lane) => log.sources(lane)))
    assert.deepEqual(
      lanes.map((sources) => sources.map(({ partition }) => partition)),
      [[0, 1, 2], [0, 1, 2], [0], [0, 1, 2]],
    )
    const ids = lanes.flat().map(({ id }) => id)
    assert.equal(new Set(ids).size, 10)
    for (const { id, partition } of lanes.flat()) assert.match(id, new RegExp(`^[0-9a-f]{8}-${partition}$`))
  })

  test('grows, and keeps what it had', async ({ log, growPartitions }) => {
    await appendTexts(log, 'events', 2, ['a'])
    const before = await log.sources('events')
    await growPartitions(5)
    const after = await log.sources('events')
    assert.deepEqual(after.slice(0, 3), before)
    assert.equal(after.length, 5)
    assert.equal((await log.sources('events-late')).length, 5)
    assert.equal((await log.sources('events-dead')).length, 1)
    await appendTexts(log, 'events', 4, ['b'])
    assert.deepEqual(await textsOf(log, 'events', 2), ['a'])
    assert.deepEqual(await textsOf(log, 'events', 4), ['b'])
  })

  test('never shrinks', async ({ log, growPartitions }) => {
    await Promise.all([growPartitions(6), growPartitions(4), growPartitions(2)])
    assert.equal((await log.sources('events')).length, 6)
  })
}

function faults(test: Test): void {
  test('refuses offsets before the first and after the end', async ({ log, trim }) => {
    const source = await sourceAt(log, 'events', 0)
    await fails('offset_out_of_range', () => log.read(source, 1, ALL))
    await appendTexts(log, 'events', 0, ['a', 'b', 'c'])
    await trim(source, 2)
    await fails('offset_out_of_range', () => log.read(source, 1, ALL))
    await fails('offset_out_of_range', () => log.read(source, 4, ALL))
    await fails('offset_out_of_range', () => log.read(source, -1, ALL))
  })

  test('refuses partitions that it does not have', async ({ log }) => {
    const source = await sourceAt(log, 'events', 0)
    await fails('unknown_partition', () => log.append('events', 3, Buffer.from('a')))
    await fails('unknown_partition', () => log.append('events-dead', 1, Buffer.from('a')))
    await fails('unknown_partition', () => log.read({ ...source, partition: 9 }, 0, ALL))
    await fails('unknown_partition', () => log.bounds({ ...source, id: 'ffffffff-0' }))
  })

  test('answers with the code closed to every call after closing', async ({ log, close }) => {
    const source = await sourceAt(log, 'events', 0)
    await close()
    await fails('closed', () => log.append('events', 0, Buffer.from('a')))
    await fails('closed', () => log.read(source, 0, ALL))
    await fails('closed', () => log.bounds(source))
    await fails('closed', () => log.offsetForTime(source, 0))
    await fails('closed', () => log.sources('events'))
    await fails('closed', () => log.ends('events'))
  })
}

async function endsOf(log: Log, lane: Lane): Promise<number[]> {
  const ends = await log.ends(lane)
  assert.deepEqual(
    ends.map(({ source }) => source),
    await log.sources(lane),
  )
  return ends.map(({ endOffset }) => endOffset)
}

async function threeSeconds(log: Log, passTime: () => Promise<void>): Promise<readonly LogRecord[]> {
  for (const second of [1, 2, 3]) {
    await Promise.all(['a', 'b', 'c'].map((text) => log.append('events', 0, Buffer.from(text + second))))
    await passTime()
  }
  return (await log.read(await sourceAt(log, 'events', 0), 0, ALL)).records
}

async function fails(code: LogErrorCode, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error) => error instanceof LogError && error.code === code)
}

export async function sourceAt(log: Log, lane: Lane, partition: number): Promise<Source> {
  return (await log.sources(lane))[partition]!
}

export async function appendTexts(
  log: Log,
  lane: Lane,
  partition: number,
  texts: string[],
): Promise<number[]> {
  const offsets: number[] = []
  for (const text of texts) offsets.push((await log.append(lane, partition, Buffer.from(text))).offset)
  return offsets
}

/** All that a partition holds. */
export async function textsOf(log: Log, lane: Lane, partition: number): Promise<string[]> {
  const source = await sourceAt(log, lane, partition)
  const { startOffset } = await log.bounds(source)
  return (await log.read(source, startOffset, ALL)).records.map(textOf)
}

function textOf({ bytes }: LogRecord): string {
  return Buffer.from(bytes).toString()
}
