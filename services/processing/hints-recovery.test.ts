// Hints may be lost, damaged, mixed up and repeated: a new owner's index equals the one built from the log.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecordBuilder } from '../../schemas/record.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { type Checkpoint, EMPTY_LEDGER } from '../../stores/counts/counts.ts'
import type { HintStore } from '../../stores/hints/hints.ts'
import type { Source } from '../../stores/log/log.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import { NAME_KEY } from '../../testing/event-fixture.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryHints } from '../../testing/memory-hints.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { Decoder } from './core/decode-record.ts'
import { newState, type SourceState } from './core/source-state.ts'
import { step } from './core/step.ts'
import { recover } from './recover.ts'

const SETTINGS = {
  horizonMs: 5 * 60_000,
  aheadMs: 60_000,
  flushRowsMax: 1_000,
  writersMax: 1,
  queueRowsMax: 1_000,
  totalsRowsMax: 1_000,
  hints: true,
}
const SCHEMAS = loadSchemas()
const READ_BYTES_MAX = 400

/**
 * A record of the log: what passes before it, its events (id and age), and whether the owner seals after it.
 */
type Step = { passMs: number; events: { id: number; ageMs: number }[]; seals: boolean }
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    passMs: fc.integer({ min: 0, max: 90_000 }),
    events: fc.array(fc.record({ id: fc.nat(40), ageMs: fc.integer({ min: -70_000, max: 400_000 }) }), {
      maxLength: 5,
    }),
    seals: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
)

/** What happens to the bytes of the block at an index (modulo the number of blocks). */
type Harm = { at: number; kind: 'lose' | 'damage' | 'cut' | 'move' | 'repeat'; byte: number }
const harm: fc.Arbitrary<Harm[]> = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom(
      'lose' as const,
      'damage' as const,
      'cut' as const,
      'move' as const,
      'repeat' as const,
    ),
    byte: fc.nat(),
  }),
  { maxLength: 12 },
)

test('an index is the same from any hints that are left as from the log', async () => {
  const parameters = fc.record({
    steps,
    harm,
    stop: fc.nat(),
    cuts: fc.array(fc.boolean(), { minLength: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(parameters, async ({ steps, harm, stop, cuts }) => {
      const { log, source } = await logOf(steps)
      const hints = new MemoryHints()
      const checkpoints = await own(log, source, hints, (i) => steps[i]!.seals)
      await own(log, source, hints, (i) => cuts[i % cuts.length]!) // a second owner, which sealed elsewhere
      if (checkpoints.length === 0) return
      const checkpoint = checkpoints[stop % checkpoints.length]!
      for (const one of harm) applyHarm(hints.blocks(source.id), one)
      const expected = await recovered(log, source, null, checkpoint)
      const actual = await recovered(log, source, inWrongOrder(hints), checkpoint)
      assert.deepEqual(indexOf(actual.state), indexOf(expected.state))
    }),
    { numRuns: 300 },
  )
})

test('with all hints there, the log is not read', async () => {
  const events = (id: number) => [{ id, ageMs: 0 }]
  const { log, source } = await logOf(
    [1, 2, 3, 2].map((id) => ({ passMs: 1_000, events: events(id), seals: true })),
  )
  const hints = new MemoryHints()
  const checkpoints = await own(log, source, hints, () => true)
  assert.equal((await recovered(log, source, hints, checkpoints.at(-1)!)).reads, 0)
  hints.blocks(source.id).splice(1, 1)
  assert.notEqual((await recovered(log, source, hints, checkpoints.at(-1)!)).reads, 0)
})

test('hints tell events of any names apart as the log does', async () => {
  await checkNames(async (tenant, names) => {
    const log = new MemoryLog({ clock: new ManualClock(), partitions: 1 })
    const timeMs = new ManualClock().nowMs()
    for (const videoId of names) {
      const builder = new RecordBuilder()
      builder.add({ ...NOTHING, tenant, videoId, type: 'view', id: 'e1', timeMs })
      for (const _ of [1, 2]) await log.append('events', 0, Uint8Array.from(builder.finish()))
    }
    const source = (await log.sources('events'))[0]!
    const hints = new MemoryHints()
    const checkpoint = (await own(log, source, hints, () => true)).at(-1)!
    const { state, reads } = await recovered(log, source, hints, checkpoint)
    const expected = await recovered(log, source, null, checkpoint)
    assert.equal(reads, 0)
    assert.deepEqual(indexOf(state), indexOf(expected.state))
    assert.equal(indexOf(state).known.flatMap(([, ids]) => ids).length, names.length)
  })
})

const NOTHING = { valueThousandths: null, viewerId: null, channelId: null, attributes: null, source: null }

async function logOf(steps: readonly Step[]) {
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, partitions: 1 })
  const bornMs = new Map<number, number>()
  for (const { passMs, events } of steps) {
    clock.advance(passMs)
    const builder = new RecordBuilder()
    for (const { id, ageMs } of events) {
      const timeMs = bornMs.get(id) ?? clock.nowMs() - ageMs // a copy has the time of the first
      bornMs.set(id, timeMs)
      builder.add({ ...NOTHING, tenant: '', videoId: 'v', type: 'view', id: `e${id}`, timeMs })
    }
    await log.append('events', 0, builder.finish())
  }
  const [source] = await log.sources('events')
  return { log, source: source! }
}

/** Counts the log from its start, puts hints, and returns each checkpoint. */
async function own(
  log: MemoryLog,
  source: Source,
  hints: HintStore,
  sealsAfter: (record: number) => boolean,
) {
  const state = newState(SETTINGS, NAME_KEY.id)
  const { records } = await log.read(source, 0, { bytesMax: Number.POSITIVE_INFINITY, waitMs: 0 })
  const checkpoints: Checkpoint[] = []
  const decoder = new Decoder(SCHEMAS, NAME_KEY)
  for (const [i, record] of records.entries()) {
    for (const lot of decoder.decode([record])) {
      const effects = step(state, { kind: 'records', records: lot })
      if (sealsAfter(i)) effects.push(...step(state, { kind: 'seal' }))
      for (const effect of effects) {
        if (effect.kind === 'hint') await hints.put(source.id, effect.block)
        if (effect.kind !== 'store') continue
        for (const next of step(state, { kind: 'stored', seal: effect.sealed.seal })) {
          if (next.kind === 'checkpoint') checkpoints.push({ ...next.checkpoint, ledger: EMPTY_LEDGER })
          if (next.kind === 'store') effects.push(next)
        }
      }
    }
  }
  return checkpoints
}

async function recovered(log: MemoryLog, source: Source, hints: HintStore | null, checkpoint: Checkpoint) {
  const counts = new MemoryCounts()
  await counts.writeCheckpoint(source.id, checkpoint)
  let reads = 0
  const counted = Object.assign(Object.create(log) as MemoryLog, {
    read: (...args: Parameters<MemoryLog['read']>) => {
      reads++
      return log.read(...args)
    },
    bounds: (of: Source) => log.bounds(of),
    offsetForTime: (of: Source, timeMs: number) => log.offsetForTime(of, timeMs),
  })
  const persist = <T>(_what: string, call: () => Promise<T>) => call()
  const ports = {
    log: counted,
    counts,
    hints,
    snapshots: null,
    decoder: new Decoder(SCHEMAS, NAME_KEY),
    persist,
  }
  const { state } = await recover(ports, source, {
    ...SETTINGS,
    readBytesMax: READ_BYTES_MAX,
    unknownSchemas: 'wait',
  })
  return { state, reads }
}

function inWrongOrder(hints: HintStore): HintStore {
  return {
    put: (sourceId, block) => hints.put(sourceId, block),
    read: async (sourceId, from, to) => [...(await hints.read(sourceId, from, to))].reverse(),
  }
}

function applyHarm(blocks: Uint8Array[], { at, kind, byte }: Harm): void {
  if (blocks.length === 0) return
  const place = at % blocks.length
  const block = blocks[place]!
  switch (kind) {
    case 'lose':
      blocks.splice(place, 1)
      return
    case 'damage':
      blocks[place] = block.map((value, i) => (i === byte % block.length ? value ^ 0x10 : value))
      return
    case 'cut':
      blocks[place] = block.slice(0, byte % block.length)
      return
    case 'move':
      blocks.splice(byte % blocks.length, 0, ...blocks.splice(place, 1))
      return
    case 'repeat':
      blocks.push(block)
      return
  }
}

/** The ids that the state knows, by minute, and where it stands. */
function indexOf(state: SourceState) {
  const minutes = Array.from(state.minutes, ([minute, { seen }]) => {
    const words = seen.segments.flatMap((slots) => [...slots])
    const ids = Array.from({ length: words.length / 4 }, (_, i) => words.slice(4 * i, 4 * i + 4))
    return [
      minute,
      ids
        .filter(([first]) => first !== 0)
        .map(String)
        .sort(),
    ] as const
  })
  const known = minutes.filter(([, ids]) => ids.length > 0).sort(([a], [b]) => a - b)
  return { known, nextOffset: state.nextOffset, logTimeMs: state.logTimeMs }
}
