// Shows the checkpoints as committed offsets of a group without members, for the tools that tell the lag of consumer
// groups. Nothing reads them back: the group that shares the sources keeps its own offsets to itself, so what fails
// here disturbs nobody.
import type { Clock } from '../../../lib/clock.ts'
import type { KafkaClient } from './kafka-client.ts'

export type MirrorOptions = {
  readonly client: Pick<KafkaClient, 'commitOffsets'>
  readonly clock: Clock
  /** Of consumers that nobody is. */
  readonly group: string
  readonly topic: string
  /** By partition, where a new owner would go on. Two owners for a moment may show an older one for a moment. */
  readonly offsets: () => ReadonlyMap<number, number>
  readonly onTrouble: (error: unknown) => void
}

const INTERVAL_MS = 10_000

/** Goes on until aborted; never fails. */
export async function mirrorCheckpoints(options: MirrorOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, group, topic, offsets, onTrouble } = options
  for (;;) {
    await clock.sleep(INTERVAL_MS, signal)
    if (signal.aborted) return
    const shown = offsets()
    if (shown.size > 0) await client.commitOffsets(group, topic, shown).catch(onTrouble)
  }
}
