// Processes that read the entries late or not at all, pause between choosing a table and writing, and whose clocks
// differ, while entries are added, half added and taken up again: against one map of (minute, source).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { AHEAD_MS_MAX } from '../../../model/naming.ts'
import { CountsError } from '../../cassandra/counts-error.ts'
import {
  CLOCKS_DIFFER_MS,
  type CountForm,
  type FormEntry,
  formsOf,
  hourToAdd,
  isLeased,
  maySettle,
  shardsOf,
} from './count-forms.ts'
import { FormsLease } from './forms-lease.ts'

const RULES = { isLeased, hourToAdd, maySettle }
type Rules = typeof RULES

const PROCESSES = 3
const SOURCES = 2
const START_MS = 472_200 * HOUR_MS
const AHEAD_MAX = AHEAD_MS_MAX / MINUTE_MS
const SKEW_MS_MAX = CLOCKS_DIFFER_MS / 2
const RUNS = 300
const NO_SHARDS = 'the table by days'
const RUNS_TO_CATCH_MAX = 20_000

const who = fc.nat(PROCESSES - 1)
const skews = fc.array(fc.integer({ min: -SKEW_MS_MAX, max: SKEW_MS_MAX }), {
  minLength: PROCESSES + 1,
  maxLength: PROCESSES + 1,
})
const minutesAhead = fc.oneof(
  fc.integer({ min: AHEAD_MAX - 5, max: AHEAD_MAX }),
  fc.integer({ min: -90, max: AHEAD_MAX }),
)
const shards = fc.integer({ min: 1, max: 9 })
const source = fc.nat(SOURCES - 1)
const pass = fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 2 * HOUR_MS }) })
const write = fc.record({ kind: fc.constant('write' as const), who, ahead: minutesAhead, source })
const land = fc.record({ kind: fc.constant('land' as const), nth: fc.nat(8) })
const read = fc.record({ kind: fc.constant('read' as const), who, ahead: minutesAhead })
/** Of the entries that a process reads. */
const answer = fc.record({
  kind: fc.constantFrom('answer' as const, 'answer' as const, 'fail' as const),
  who,
})
/** A command that lives, the first half of one that dies, and the second of one that finds what that left. */
const change = fc.oneof(
  fc.record({ kind: fc.constantFrom('add' as const, 'propose' as const), shards }),
  fc.record({ kind: fc.constant('decide' as const) }),
)
const command = fc.oneof(
  { weight: 4, arbitrary: pass },
  { weight: 8, arbitrary: write },
  { weight: 6, arbitrary: land },
  { weight: 4, arbitrary: read },
  { weight: 8, arbitrary: answer },
  { weight: 2, arbitrary: change },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

type Stored = FormEntry & {
  /** What a replica may have instead: nothing, or the state before. */
  readonly before: FormEntry['state'] | null
}
/** What all worlds did together, so that a property that holds because nothing happens is noticed. */
type Witness = { own: number; shared: number; compared: number; settled: number; withdrawn: number }
type Chosen = {
  readonly table: string
  readonly minute: number
  readonly source: number
  readonly upTo: number
}
type Asked = { readonly answer: (seen: boolean) => void }

class World {
  readonly #rules: Rules
  readonly #witness: Witness
  readonly #skewsMs: readonly number[]
  readonly #leases: FormsLease[]
  readonly #asked: Asked[][] = Array.from({ length: PROCESSES }, () => [])
  #entries: Stored[] = []
  #nowMs = START_MS
  #upTo = 0
  #coin = 0
  #chosen: Chosen[] = []
  #fault: Error | null = null
  /** The rows of each table, and what they should be together. */
  readonly #rows = new Map<string, number>()
  readonly #truth = new Map<string, number>()
  readonly #minutes = new Set<number>()

  constructor(rules: Rules, skewsMs: readonly number[], witness: Witness) {
    this.#rules = rules
    this.#witness = witness
    this.#skewsMs = skewsMs
    this.#leases = this.#asked.map(
      (_, who) =>
        new FormsLease(
          () => this.#ask(who),
          () => this.#clock(who),
          rules.isLeased,
        ),
    )
  }

  async run(command: Command): Promise<void> {
    switch (command.kind) {
      case 'pass':
        this.#nowMs += command.ms
        break
      case 'write':
        this.#write(command.who, minuteOf(this.#nowMs) + command.ahead, command.source)
        break
      case 'land':
        this.#land(command.nth)
        break
      case 'read':
        this.#read(command.who, minuteOf(this.#nowMs) + command.ahead)
        break
      case 'answer':
      case 'fail':
        this.#asked[command.who]!.shift()?.answer(command.kind === 'answer')
        break
      case 'add':
      case 'propose':
        this.#propose(command.shards)
        if (command.kind === 'add') this.#decide()
        break
      case 'decide':
        this.#decide()
    }
    await setImmediate()
    if (this.#fault !== null) throw this.#fault
  }

  /** What is on its way lands, and then every row is where it is looked for. */
  async end(): Promise<void> {
    while (this.#chosen.length > 0) this.#land(0)
    this.#decide()
    const { forms } = formsOf(this.#entries)
    for (const minute of this.#minutes) this.#compare(forms, minute)
    if (this.#fault !== null) throw this.#fault
  }

  #clock(who: number): number {
    return this.#nowMs + this.#skewsMs[who]!
  }

  /** A reading finds what was there when it began; of what was half added, by chance. */
  #ask(who: number) {
    const found = this.#entries.flatMap((entry): FormEntry[] => {
      if (entry.before === entry.state || this.#coin++ % 3 !== 0) return [entry]
      return entry.before === null ? [] : [{ ...entry, state: entry.before }]
    })
    const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof formsOf>>()
    this.#asked[who]!.push({
      answer: (seen) => (seen ? resolve(formsOf(found)) : reject(new CountsError('unavailable', 'away'))),
    })
    return promise
  }

  #write(who: number, minute: number, source: number): void {
    const upTo = this.#upTo++
    this.#leases[who]!.forRows(minute).then(
      (forms) => this.#chosen.push({ table: tableOf(forms, minute), minute, source, upTo }),
      noteUnlessAway,
    )
  }

  #land(nth: number): void {
    const [one] = this.#chosen.splice(nth % Math.max(1, this.#chosen.length), 1)
    if (one === undefined) return
    const { table, minute, source, upTo } = one
    this.#minutes.add(minute)
    this.#witness[table === NO_SHARDS ? 'own' : 'shared']++
    raise(this.#rows, `${table} ${minute} ${source}`, upTo)
    raise(this.#truth, `${minute} ${source}`, upTo)
  }

  #read(who: number, minute: number): void {
    this.#leases[who]!.forReading(minute + 1).then((forms) => {
      this.#compare(forms, minute)
    }, noteUnlessAway)
  }

  #compare(forms: readonly CountForm[], minute: number): void {
    const table = tableOf(forms, minute)
    for (let source = 0; source < SOURCES; source++) {
      const [found, wanted] = [
        this.#rows.get(`${table} ${minute} ${source}`),
        this.#truth.get(`${minute} ${source}`),
      ]
      if (wanted !== undefined) this.#witness.compared++
      if (found !== wanted) this.#fault ??= new Error(`minute ${minute}: ${found} in ${table}, not ${wanted}`)
    }
  }

  /** Some replicas have it, and the command may die now. */
  #propose(shards: number): void {
    const fromHour = this.#rules.hourToAdd(this.#clock(PROCESSES))
    if (this.#entries.some((entry) => entry.fromHour === fromHour)) return
    this.#entries.push({ fromHour, shards, state: 'proposed', before: null })
  }

  /** Reads at all replicas, which then agree, and decides; the decision reaches them one by one. */
  #decide(): void {
    const nowMs = this.#clock(PROCESSES)
    this.#entries = this.#entries.map((entry) => {
      if (entry.state !== 'proposed') return { ...entry, before: entry.state }
      const state = this.#rules.maySettle(entry.fromHour, nowMs) ? 'settled' : 'withdrawn'
      this.#witness[state]++
      return { ...entry, state, before: 'proposed' }
    })
  }
}

function tableOf(forms: readonly CountForm[], minute: number): string {
  const shards = shardsOf(forms, minute)
  return shards === null ? NO_SHARDS : `a table of ${shards} shards`
}

function raise(totals: Map<string, number>, key: string, upTo: number): void {
  totals.set(key, Math.max(totals.get(key) ?? -1, upTo))
}

function noteUnlessAway(error: unknown): void {
  if (!(error instanceof CountsError)) throw error
}

const NOTHING_YET: Witness = { own: 0, shared: 0, compared: 0, settled: 0, withdrawn: 0 }

function everyRowIsFound(rules: Rules, witness: Witness = { ...NOTHING_YET }) {
  return fc.asyncProperty(
    skews,
    fc.array(command, { minLength: 60, maxLength: 160, size: 'max' }),
    async (skewsMs, commands) => {
      const world = new World(rules, skewsMs, witness)
      for (const one of commands) await world.run(one)
      await world.end()
    },
  )
}

test('no row is written to one table and read from another', async () => {
  const witness = { ...NOTHING_YET }
  await fc.assert(everyRowIsFound(RULES, witness), { numRuns: RUNS })
  for (const [what, times] of Object.entries(witness)) assert.ok(times > RUNS / 2, `${what}: ${times}`)
})

const MUTANTS: Readonly<Record<string, Partial<Rules>>> = {
  'writes beyond its lease': { isLeased: () => true },
  'adds an entry for the half hour that comes': {
    hourToAdd: (nowMs) => (Math.ceil((nowMs + HOUR_MS / 2) / HOUR_MS) * HOUR_MS) / MINUTE_MS,
    maySettle: () => true,
  },
  'settles an entry however late': { maySettle: () => true },
}
for (const [name, broken] of Object.entries(MUTANTS)) {
  test(`who ${name} is found out`, async () => {
    const outcome = await fc.check(everyRowIsFound({ ...RULES, ...broken }), {
      numRuns: RUNS_TO_CATCH_MAX,
      seed: 17, // always the same ones, of which some find each mutant
      endOnFailure: true,
    })
    assert.ok(outcome.failed, 'every row was found')
    assert.match(String(outcome.errorInstance), /minute \d+: /)
  })
}
