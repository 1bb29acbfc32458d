// Sends the traffic through the SDK, batch by batch, each until it is resolved, whatever happens to the server
// meanwhile, and checks each answer of the front door.
import type { Client, Rejection } from '../../sdk/src/index.ts'
import type { Random } from '../../simulator/random.ts'
import { Truth } from '../faults/acknowledged-counts.ts'
import { AttributeTruth } from './attributes.ts'
import { type Sent, Traffic } from './traffic.ts'

const BATCH_EVENTS = 1_000
const BATCHES_IN_FLIGHT = 4

export type Handed = {
  /** Everything that must be counted, by the stream or by the recount. */
  readonly truth: Truth
  readonly byAttribute: AttributeTruth
  /** Distinct ids of late events among them. */
  readonly late: number
  /** Acknowledged events that the stream counts, copies included. */
  readonly fresh: number
  readonly copies: number
  readonly rejected: number
  readonly seconds: number
  readonly lastMs: number
  /** Wrong answers of the front door, one line each. */
  readonly faults: readonly string[]
}

/** @param onAck gets the number of distinct acknowledged events. Fails with the TallyError of what cannot be sent. */
export async function sendAll(
  client: Client,
  random: Random,
  events: number,
  onAck: (events: number) => void,
  signal: AbortSignal,
): Promise<Handed> {
  const traffic = new Traffic(random)
  const truth = new Truth()
  const byAttribute = new AttributeTruth()
  const lateIds = new Set<string>()
  const rejected = new Map<string, number>()
  const counts = { accepted: 0, late: 0, fresh: 0, sentLate: 0, copies: 0, acked: 0 }
  const batch = (): Sent[] => {
    const some: Sent[] = []
    const nowMs = Date.now()
    while (some.length < BATCH_EVENTS && truth.events < events) {
      const sent = traffic.next(nowMs)
      some.push(sent)
      if (sent.sample === null) continue
      const before = truth.events
      truth.add(sent.sample)
      if (truth.events === before) counts.copies++
      else byAttribute.add(sent.sample, sent.attributes)
      counts[sent.kind === 'late' ? 'sentLate' : 'fresh']++
      if (sent.kind === 'late') lateIds.add(sent.sample.id)
    }
    return some
  }
  const startMs = performance.now()
  const worker = async () => {
    for (let some = batch(); some.length > 0; some = batch()) {
      const made = truth.events
      const result = await client.processEvents(
        some.map(({ event }) => event),
        { signal },
      )
      counts.accepted += result.accepted
      counts.late += result.late
      tally(rejected, result.rejected)
      counts.acked = Math.max(counts.acked, made)
      onAck(counts.acked)
    }
  }
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, worker))
  const { fresh, sentLate, copies } = counts
  const told = [
    ['accepted', counts.accepted, fresh + sentLate],
    ['late at the door', counts.late, sentLate],
    ...Array.from(
      traffic.bad,
      ([code, bad]) => [`refused as ${code}`, rejected.get(code) ?? 0, bad] as const,
    ),
  ] as const
  return {
    ...{ truth, byAttribute },
    late: lateIds.size,
    fresh,
    copies,
    rejected: sum(rejected.values()),
    seconds: (performance.now() - startMs) / 1_000,
    lastMs: Date.now(),
    faults: [
      ...told.flatMap(([what, found, wanted]) =>
        found === wanted ? [] : [`${found} events ${what}, not ${wanted}`],
      ),
      ...Array.from(rejected.keys()).flatMap((code) => (traffic.bad.has(code) ? [] : [`refused as ${code}`])),
    ],
  }
}

function tally(rejected: Map<string, number>, some: readonly Rejection[]): void {
  for (const { code } of some) rejected.set(code, (rejected.get(code) ?? 0) + 1)
}

function sum(numbers: Iterable<number>): number {
  return Array.from(numbers).reduce((total, one) => total + one, 0)
}
