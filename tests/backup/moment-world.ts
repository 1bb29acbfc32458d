// A small process in memory: it appends, counts, diverts late events, archives, recounts and removes what is old, all
// at once, and every step takes a random time. In the middle of that a copy of it is taken, and a new process goes on
// from the copy. It then must have counted and archived everything that its log ever held, and what was appended after
// the copy.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import { Random } from '../../simulator/random.ts'
import type { takeMoment } from '../../stores/backup/moment.ts'
import type { EntriesCopy } from '../../stores/disk/database-copy.ts'
import type { LogCopy } from '../../stores/log/embedded/embedded-log.ts'
import type { ObjectInfo } from '../../stores/objects/objects.ts'

const PARTITIONS = 2
const READ_MAX = 3
/** Records that the log keeps although nobody needs them. */
const KEPT_MAX = 2
const PAUSES_MAX = 3
const LISTING_PAUSES_MAX = 20
const BEFORE_MAX = 60
const LATER_RECORDS = 3
const LISTED = 'manifest/'
const isLate = (id: number) => id % 4 === 0

type TakeMoment = typeof takeMoment

type Lane = 'events' | 'events-late'
type Source = { readonly lane: Lane; readonly partition: number; readonly id: string }

const SOURCES: readonly Source[] = (['events', 'events-late'] as const).flatMap((lane) =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ lane, partition, id: `${lane}-${partition}` })),
)
const EVENTS = SOURCES.filter(({ lane }) => lane === 'events')

type LogState = Record<string, { startOffset: number; readonly ids: number[] }>
type CountsState = {
  readonly totals: Record<string, { readonly count: number; readonly upTo: number }>
  /** Offsets of the next records. */
  readonly checkpoints: Record<string, number>
  recounted: number
}

const newLog = (): LogState =>
  Object.fromEntries(SOURCES.map(({ id }) => [id, { startOffset: 0, ids: [] as number[] }]))
const newCounts = (): CountsState => ({ totals: {}, checkpoints: {}, recounted: 0 })

/** Fails if the copy lost something, or makes something count twice. */
export async function runWorld(seed: number, directory: string, take: TakeMoment): Promise<void> {
  const random = new Random(seed)
  const one = new Life(random, newLog(), newCounts(), new Map())
  const working = one.work()
  for (let i = random.int(1, BEFORE_MAX); i > 0; i--) await setImmediate()
  const two = await copyOf(one, random, directory, take)
  one.stop()
  await working
  for (const key of two.objects.keys()) {
    if (key.startsWith(LISTED)) assert.ok(two.objects.has(key.slice(LISTED.length)), `${key} has no file`)
  }
  assert.ok(two.counts.recounted <= two.archived('events').size, 'recounted what is not archived')

  for (const { id } of EVENTS) {
    for (let i = 0; i < LATER_RECORDS; i++) two.log[id]!.ids.push(1_000_001 + i)
  }
  await two.drain()
  const all = EVENTS.flatMap(({ id }) => two.log[id]!.ids).sort()
  for (const { id } of EVENTS) {
    const onTime = two.log[id]!.ids.filter((event) => !isLate(event)).length
    assert.equal(two.counts.totals[id]!.count, onTime, `counts of ${id}`)
  }
  assert.deepEqual([...two.archived('events')].sort(), [...new Set(all)], 'the archive of events')
  assert.deepEqual([...two.archived('events-late')].sort(), all.filter(isLate), 'the archive of late events')
}

async function copyOf(life: Life, random: Random, root: string, take: TakeMoment): Promise<Life> {
  const counts = { copy: () => copyOfState(life.counts) }
  const log = {
    copy: (): LogCopy => ({ entries: copyOfState(life.log), bounds: async () => [] }),
    whileKept: <T>(task: () => Promise<T>) => life.whileKept(task),
  }
  const parts = { root, log, counts, uniques: counts, videos: counts, overflow: null, clock: systemClock }
  await using moment = await take(parts, life)
  const { databases, archive } = moment
  const objects = new Map<string, Uint8Array>()
  for (const { key, bytes } of archive.checkpoints) objects.set(key, bytes)
  for (const { key } of archive.files) objects.set(key, life.objects.get(key)!)
  return new Life(random, await stateOf(databases.log), await stateOf(databases.counts), objects)
}

function copyOfState(state: object): EntriesCopy {
  const value = Buffer.from(JSON.stringify(state))
  return {
    get: async () => undefined,
    async *entries() {
      yield [[new Uint8Array(0), value] as const]
    },
    async [Symbol.asyncDispose]() {},
  }
}

async function stateOf<State>(copy: EntriesCopy): Promise<State> {
  for await (const [entry] of copy.entries()) return JSON.parse(Buffer.from(entry![1]).toString())
  throw new Error('the copy is empty')
}

/** One process and what it has stored. What is removed of the log is only marked, so that it can be compared. */
class Life {
  readonly log: LogState
  readonly counts: CountsState
  readonly objects: Map<string, Uint8Array>
  readonly #random: Random
  #isStopping = false
  #isKept = false
  #lastId = 0

  constructor(random: Random, log: LogState, counts: CountsState, objects: Map<string, Uint8Array>) {
    this.#random = random
    this.log = log
    this.counts = counts
    this.objects = objects
  }

  stop(): void {
    this.#isStopping = true
  }

  async whileKept<T>(task: () => Promise<T>): Promise<T> {
    this.#isKept = true
    return task()
  }

  async list(prefix: string): Promise<ObjectInfo[]> {
    await this.#pause(LISTING_PAUSES_MAX)
    const keys = Array.from(this.objects.keys()).filter((key) => key.startsWith(prefix))
    return keys.map((key) => ({ key, bytes: 0, modifiedMs: 0 }))
  }

  async read(key: string): Promise<Uint8Array | null> {
    await this.#pause()
    return this.objects.get(key) ?? null
  }

  open(): Promise<never> {
    throw new Error('objects are read, not opened')
  }

  /** Everything at once until `stop`. */
  async work(): Promise<void> {
    const loop = async (turn: () => unknown) => {
      while (!this.#isStopping) {
        await turn()
        await this.#pause()
      }
    }
    await Promise.all([
      ...EVENTS.map(({ id }) => loop(() => this.log[id]!.ids.push(++this.#lastId))),
      ...EVENTS.map((source) => loop(() => this.#count(source))),
      ...SOURCES.map((source) => loop(() => this.#archive(source))),
      loop(() => this.#recount()),
      ...SOURCES.map((source) => loop(() => this.#removeOld(source))),
    ])
  }

  /** Counts and archives all that the log holds. */
  async drain(): Promise<void> {
    for (const source of EVENTS) while (await this.#count(source));
    for (const source of SOURCES) while (await this.#archive(source));
  }

  archived(lane: Lane): Set<number> {
    const files = Array.from(this.objects).filter(([key]) => key.startsWith(`date=${lane}.`))
    return new Set(files.flatMap(([, bytes]) => JSON.parse(Buffer.from(bytes).toString())))
  }

  /** Whether there was something to count. */
  async #count({ id, partition }: Source): Promise<boolean> {
    const from = this.counts.checkpoints[id] ?? 0
    const records = this.#read(id, from)
    let { count, upTo } = this.counts.totals[id] ?? { count: 0, upTo: -1 }
    for (const [i, event] of records.entries()) {
      if (isLate(event)) await this.#append(`events-late-${partition}`, event)
      else if (from + i > upTo) [count, upTo] = [count + 1, from + i]
    }
    await this.#pause()
    this.counts.totals[id] = { count, upTo }
    await this.#pause()
    this.counts.checkpoints[id] = from + records.length
    return records.length > 0
  }

  /** Whether there was something to archive. */
  async #archive({ id, lane }: Source): Promise<boolean> {
    const from = this.#archivedTo(id)
    const records = this.#read(id, from)
    if (records.length === 0) return false
    const key = `date=${lane}.${id}.${from}`
    await this.#pause()
    this.objects.set(key, Buffer.from(JSON.stringify(records)))
    await this.#pause()
    this.objects.set(`${LISTED}${key}`, new Uint8Array(0))
    await this.#pause()
    this.objects.set(`checkpoints/${id}`, Buffer.from(String(from + records.length)))
    return true
  }

  async #recount(): Promise<void> {
    const { size } = this.archived('events')
    await this.#pause()
    this.counts.recounted = size
  }

  async #removeOld({ id, lane }: Source): Promise<void> {
    const counted = lane === 'events' ? (this.counts.checkpoints[id] ?? 0) : Infinity
    const held = this.log[id]!
    const cut = Math.min(held.ids.length - KEPT_MAX, this.#archivedTo(id), counted)
    if (!this.#isKept && cut > held.startOffset) held.startOffset = cut
  }

  #archivedTo(id: string): number {
    const bytes = this.objects.get(`checkpoints/${id}`)
    return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString())
  }

  async #append(id: string, event: number): Promise<void> {
    await this.#pause()
    this.log[id]!.ids.push(event)
    await this.#pause()
  }

  #read(id: string, from: number): number[] {
    const { startOffset, ids } = this.log[id]!
    assert.ok(from >= startOffset, `the log of ${id} begins at ${startOffset}, and ${from} is needed`)
    assert.ok(from <= ids.length, `the log of ${id} ends at ${ids.length}, and ${from} is needed`)
    return ids.slice(from, from + READ_MAX)
  }

  async #pause(most = PAUSES_MAX): Promise<void> {
    for (let i = this.#random.int(0, most); i > 0; i--) await setImmediate()
  }
}
