// Changes of a video that the topic holds, and the tables may not: of a process that has ended half-way, or of an
// earlier release.
import type { KafkaClient } from '../log/kafka/kafka-client.ts'
import { VIDEOS_PARTITION } from '../log/kafka/topics.ts'
import { LogError } from '../log/log.ts'
import { TitlesError } from './read-limits.ts'
import type { VideoName } from './title-tables.ts'
import { fromRecord } from './video-message.ts'
import type { Change } from './video-store.ts'

const FETCH_LIMIT = { bytesMax: 256 << 10, waitMs: 0 }
/** Some thousand records each. Where more is not applied yet, one has to wait for those who apply it. */
const FETCHES_MAX = 16

/** From an offset on, with its annotations. Fails with TitlesError `busy` where there are too many to look through. */
export async function pendingChanges(
  client: Pick<KafkaClient, 'fetch' | 'offsetOf'>,
  topic: string,
  appliedTo: number,
  { tenant, videoId }: VideoName,
): Promise<readonly Change[]> {
  const end = await client.offsetOf(topic, VIDEOS_PARTITION, 'end')
  const found: Change[] = []
  let offset = appliedTo
  for (let fetches = 0; offset < end; fetches++) {
    if (fetches === FETCHES_MAX)
      throw new TitlesError('busy', 'Too many changes of titles are not applied yet.')
    const { records, nextOffset } = await client.fetch(topic, VIDEOS_PARTITION, offset, FETCH_LIMIT)
    if (nextOffset === offset)
      throw new LogError('unavailable', `Topic ${topic} does not show all that it holds.`)
    for (const record of records) {
      const change = fromRecord(record)
      if (change?.tenant === tenant && change.videoId === videoId) found.push(change)
    }
    offset = nextOffset
  }
  return found
}
