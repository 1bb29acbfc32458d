// Whatever operators try, and whenever the log or the journal fails, a letter's event is in the log under at most one
// identity, and under exactly one if the letter says that it is replayed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { minuteOf } from '../../../model/bucket.ts'
import { anEvent, DeadWorld, encodedEvent } from '../../../testing/dead-letter-fixture.ts'
import { eventsOf } from '../../../testing/door-fixture.ts'
import { timeOf } from '../../../testing/event-fixture.ts'
import { stateOf } from './letter-acts.ts'

const NOON = timeOf('12:00:00')
const MINUTE = 60_000

type Try = {
  readonly act: 'replay' | 'correct' | 'discard'
  readonly id: string
  readonly type: string
  readonly source: string | null
  readonly minutesAgo: number
  /** Which calls fail, and whether their effect happens nevertheless. */
  readonly journal: 'works' | 'fails first' | 'fails second'
  readonly log: 'works' | 'loses' | 'loses the answer'
}

const tries = fc.array(
  fc.record<Try>({
    act: fc.constantFrom('replay', 'correct', 'discard'),
    id: fc.constantFrom('e1', 'e2'),
    type: fc.constantFrom('view', 'view', 'like'),
    source: fc.constantFrom(null, null, '/a', '/b'),
    minutesAgo: fc.constantFrom(0, 1, 30),
    journal: fc.constantFrom('works', 'works', 'fails first', 'fails second'),
    log: fc.constantFrom('works', 'works', 'loses', 'loses the answer'),
  }),
  { minLength: 1, maxLength: 8 },
)

test('a letter is counted as one event at most', async () => {
  await fc.assert(
    fc.asyncProperty(tries, fc.boolean(), async (sequence, readable) => {
      const world = new DeadWorld()
      const event = anEvent({ timeMs: NOON, valueThousandths: 1 })
      const id = await world.bury(readable ? { bytes: encodedEvent(event) } : {})
      for (const one of sequence) await attempt(world, id, one)
      const stored = await storedIdentities(world)
      assert.ok(stored.size <= 1, Array.from(stored).join(', '))
      const { latest } = await world.deadLetters.show(id)
      if (stateOf(latest) === 'replayed') assert.equal(stored.size, 1)
    }),
    { numRuns: 300 },
  )
})

async function attempt(
  world: DeadWorld,
  letterId: string,
  { act, id, type, source, minutesAgo, journal, log }: Try,
) {
  const { append } = world.log
  const { append: note } = world.journal
  let notes = 0
  world.journal.append = async (...entry) => {
    notes++
    if ((journal === 'fails first' && notes === 1) || (journal === 'fails second' && notes === 2)) {
      throw new Error('the journal is away')
    }
    await note.apply(world.journal, entry)
  }
  world.log.append = async (...record) => {
    if (log === 'loses') throw new Error('the log is away')
    const appended = await append.apply(world.log, record)
    if (log === 'loses the answer') throw new Error('no answer')
    return appended
  }
  const event = { id, source, videoId: 'cats', type, time: NOON - minutesAgo * MINUTE }
  const correction = act === 'correct' ? { event, tenant: '' } : null
  const done =
    act === 'discard'
      ? world.deadLetters.discard(letterId, 'no use', null)
      : world.deadLetters.replay(letterId, correction, null)
  await done.catch((error) => assert.equal(error.name, 'ProblemError'))
  delete (world.log as Partial<typeof world.log>).append
  delete (world.journal as Partial<typeof world.journal>).append
}

async function storedIdentities(world: DeadWorld): Promise<Set<string>> {
  const stored = new Set<string>()
  for (const lane of ['events', 'events-late'] as const) {
    const [source] = await world.log.sources(lane)
    const { records } = await world.log.read(source!, 0, { bytesMax: 1e9, waitMs: 0 })
    for (const { id, type, source, timeMs } of records.flatMap(({ bytes }) => eventsOf(bytes))) {
      stored.add(`${type} ${id} from ${source} in minute ${minuteOf(timeMs)}`)
    }
  }
  return stored
}
