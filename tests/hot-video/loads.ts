// How many events the log took for each partition, over time, as the log itself tells afterwards.
import { randomUUID } from 'node:crypto'
import { systemClock } from '../../lib/system-clock.ts'
import { wordAt } from '../../schemas/framing.ts'
import { CLIENTS } from '../../stores/log/kafka/kafka-clients.ts'
import { openKafkaLog } from '../../stores/log/kafka/kafka-log.ts'
import type { Log, Source } from '../../stores/log/log.ts'

export const SLOT_MS = 10_000
const READ_BYTES = 4 << 20
const READERS = 4

/** By partition, then by slot of log time, from the first slot on. */
export type Loads = { readonly fromMs: number; readonly events: readonly (readonly number[])[] }

export async function readLoads(brokers: readonly string[], prefix: string): Promise<Loads> {
  const client = CLIENTS.platformatic({ brokers, clientId: `tally-loads-${randomUUID()}` })
  try {
    const log = await openKafkaLog({ client, clock: systemClock, prefix })
    const sources = [...(await log.sources('events'))]
    const counts = sources.map(() => new Map<number, number>())
    const left = sources.map((source, i) => [source, counts[i]!] as const)
    await Promise.all(
      Array.from({ length: READERS }, async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await readOne(log, ...next)
      }),
    )
    const slots = counts.flatMap((map) => Array.from(map.keys()))
    const first = slots.reduce((least, slot) => Math.min(least, slot), Number.POSITIVE_INFINITY)
    const last = slots.reduce((most, slot) => Math.max(most, slot), first)
    const events = counts.map((map) =>
      Array.from({ length: last - first + 1 }, (_, i) => map.get(first + i) ?? 0),
    )
    return { fromMs: first * SLOT_MS, events }
  } finally {
    await client.close()
  }
}

async function readOne(log: Log, source: Source, counts: Map<number, number>): Promise<void> {
  const { startOffset, endOffset } = await log.bounds(source)
  for (let offset = startOffset; offset < endOffset; ) {
    const { records } = await log.read(source, offset, { bytesMax: READ_BYTES, waitMs: 1_000 })
    for (const { bytes, logTimeMs } of records) {
      const slot = Math.floor(logTimeMs / SLOT_MS)
      counts.set(
        slot,
        (counts.get(slot) ?? 0) + wordAt(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 2),
      )
    }
    if (records.length === 0) return // only control records are left
    offset = records.at(-1)!.offset + 1
  }
}

/** The load of the most loaded partition in terms of the mean of all, from one time to another; null without load. */
export function maxOverMean({ fromMs, events }: Loads, startMs: number, endMs: number): number | null {
  const [first, end] = [startMs, endMs].map((ms) => Math.round((ms - fromMs) / SLOT_MS))
  const sums = events.map((slots) =>
    slots.slice(Math.max(0, first!), end).reduce((sum, count) => sum + count, 0),
  )
  const total = sums.reduce((sum, count) => sum + count, 0)
  return total === 0 ? null : Math.max(...sums) / (total / sums.length)
}
