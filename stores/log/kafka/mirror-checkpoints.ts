// Shows the checkpoints as committed offsets of a group without members, for tools that show the lag of consumer
// groups. Nothing reads them back: the consumer group that shares the sources does not use them, so a failure here is
// harmless.
import type { Clock } from '../../../lib/clock.ts'
import type { KafkaClient } from './kafka-client.ts'

export type MirrorOptions = {
  readonly client: Pick<KafkaClient, 'commitOffsets'>
  readonly clock: Clock
  /** The name of the group, which has no members. */
  readonly group: string
  readonly topic: string
  /** By partition, where a new owner would continue. Two owners at the same time may briefly show an older offset. */
  readonly offsets: () => ReadonlyMap<number, number>
  readonly onTrouble: (error: unknown) => void
}

const INTERVAL_MS = 10_000

/** Runs until aborted; never fails. */
export async function mirrorCheckpoints(options: MirrorOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, group, topic, offsets, onTrouble } = options
  for (;;) {
    await clock.sleep(INTERVAL_MS, signal)
    if (signal.aborted) return
    const shown = offsets()
    if (shown.size > 0) await client.commitOffsets(group, topic, shown).catch(onTrouble)
  }
}
