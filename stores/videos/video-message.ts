// A change of a video as a message of the videos topic: the key names the video, so that compaction keeps the latest
// change of each. A removed video leaves the JSON null under its key. Pure.
import type { KafkaMessage, KafkaRecord } from '../log/kafka/kafka-client.ts'
import type { VideoChange } from './video-store.ts'

const SEPARATOR = '\t'

export function toMessage({ tenant, videoId, video }: VideoChange): KafkaMessage {
  return { key: Buffer.from(`${tenant}${SEPARATOR}${videoId}`), value: Buffer.from(JSON.stringify(video)) }
}

/** Null for a foreign record. */
export function fromRecord({ key, bytes }: Pick<KafkaRecord, 'key' | 'bytes'>): VideoChange | null {
  const [tenant, videoId, ...rest] = Buffer.from(key ?? [])
    .toString()
    .split(SEPARATOR)
  if (tenant === undefined || videoId === undefined || videoId === '' || rest.length > 0) return null
  try {
    const json = JSON.parse(Buffer.from(bytes).toString())
    if (json === null) return { tenant, videoId, video: null }
    const { title, channel = null, durationSeconds = null, publishedMs = null } = json
    if (typeof title !== 'string') return null
    return { tenant, videoId, video: { title, channel, durationSeconds, publishedMs } }
  } catch {
    return null
  }
}
