// A change of a video, or of what somebody notes of it, as a message of the videos topic: the key names what is
// changed, so that compaction keeps the latest change of each. What is removed leaves the JSON null under its key.
// Pure.
import type { KafkaMessage, KafkaRecord } from '../log/kafka/kafka-client.ts'
import type { AnnotationChange } from './annotation-table.ts'
import type { Change, VideoChange } from './video-store.ts'

const SEPARATOR = '\t'

export function toMessage(change: Change): KafkaMessage {
  const { tenant, videoId } = change
  const isNote = 'annotationId' in change
  const names = isNote ? [tenant, videoId, change.annotationId] : [tenant, videoId]
  const value = isNote ? change.annotation : change.video
  return { key: Buffer.from(names.join(SEPARATOR)), value: Buffer.from(JSON.stringify(value)) }
}

/** Null for a foreign record. */
export function fromRecord({ key, bytes }: Pick<KafkaRecord, 'key' | 'bytes'>): Change | null {
  const [tenant, videoId, annotationId, ...rest] = Buffer.from(key ?? [])
    .toString()
    .split(SEPARATOR)
  if (tenant === undefined || videoId === undefined || videoId === '' || rest.length > 0) return null
  try {
    const json = JSON.parse(Buffer.from(bytes).toString())
    if (annotationId === undefined) return videoChange(tenant, videoId, json)
    return annotationId === '' ? null : annotationChange({ tenant, videoId, annotationId }, json)
  } catch {
    return null
  }
}

function videoChange(tenant: string, videoId: string, json: Json | null): VideoChange | null {
  if (json === null) return { tenant, videoId, video: null }
  const { title, channel = null, durationSeconds = null, publishedMs = null } = json
  if (typeof title !== 'string' || !(channel === null || typeof channel === 'string')) return null
  return { tenant, videoId, video: { title, channel, durationSeconds, publishedMs } } as VideoChange
}

function annotationChange(
  names: Omit<AnnotationChange, 'annotation'>,
  json: Json | null,
): AnnotationChange | null {
  if (json === null) return { ...names, annotation: null }
  const { timeMs, text } = json
  if (typeof timeMs !== 'number' || typeof text !== 'string') return null
  return { ...names, annotation: { timeMs, text } }
}

type Json = Readonly<Record<string, unknown>>
