// Changes of a video that the topic holds, and the tables may not: of a process that has ended half-way, or of an
// earlier release.
import type { KafkaClient } from '../log/kafka/kafka-client.ts'
import { VIDEOS_PARTITION } from '../log/kafka/topics.ts'
import { LogError } from '../log/log.ts'
import { TitlesError } from './read-limits.ts'
import { changeOf, FETCH_LIMIT, type Placed } from './title-follower.ts'
import type { VideoName } from './title-tables.ts'

/** Some thousand records each. Where more is not applied yet, one has to wait for those who apply it. */
const FETCHES_MAX = 16

/**
 * From an offset on, with its annotations, and up to where the topic was looked through. Fails with TitlesError `busy`
 * where there are too many to look through.
 */
export async function pendingChanges(
  client: Pick<KafkaClient, 'fetch' | 'offsetOf'>,
  topic: string,
  from: number,
  { tenant, videoId }: VideoName,
): Promise<{ readonly changes: readonly Placed[]; readonly seenTo: number }> {
  const end = await client.offsetOf(topic, VIDEOS_PARTITION, 'end')
  const changes: Placed[] = []
  let offset = from
  for (let fetches = 0; offset < end; fetches++) {
    if (fetches === FETCHES_MAX)
      throw new TitlesError('busy', 'Too many changes of titles are not applied yet.')
    const { records, nextOffset } = await client.fetch(topic, VIDEOS_PARTITION, offset, FETCH_LIMIT)
    if (nextOffset === offset)
      throw new LogError('unavailable', `Topic ${topic} does not show all that it holds.`)
    for (const record of records) {
      const placed = changeOf(record)
      if (placed?.change.tenant === tenant && placed.change.videoId === videoId) changes.push(placed)
    }
    offset = nextOffset
  }
  return { changes, seenTo: offset }
}
