// Makes the tables of titles from their topic, on real servers, beside services or before there are any.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import type { OnRetry } from '../lib/logging.ts'
import { openTitleStore } from '../stores/backing/open-titles.ts'
import type { CassandraSettings } from '../stores/cassandra/cassandra-settings.ts'
import type { KafkaClient } from '../stores/log/kafka/kafka-client.ts'
import type { KafkaSettings } from '../stores/log/kafka/kafka-settings.ts'
import { videosTopicOf } from '../stores/log/kafka/topics.ts'
import { beginAnew, TitleFollower } from '../stores/videos/title-follower.ts'
import { untilApplied } from '../stores/videos/until-applied.ts'

export type TitlesPlace = {
  readonly settings: { readonly kafka: KafkaSettings; readonly cassandra: CassandraSettings }
  readonly client: KafkaClient
  /** Of the log. */
  readonly incarnation: string
  readonly clock: Clock
  readonly onRetry: OnRetry
}

/**
 * Until the tables hold all that the topic holds now. Safe to end, to repeat, and to do by several.
 * @param isAnew leaves what the tables hold and makes all of them again
 */
export async function applyTitles(
  { settings, client, incarnation, clock, onRetry }: TitlesPlace,
  onProgress: (recordsLeft: number) => void,
  isAnew = false,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const { signal } = new AbortController()
  const store = await openTitleStore({ stack, clock, onRetry, signal }, incarnation, settings)
  if (isAnew) await beginAnew(store)
  const topic = videosTopicOf(settings.kafka.prefix)
  // Of what is skipped or missing: a step that fails is tried again, and reported where it fails for good.
  const onTrouble = (error: unknown) => console.error(`titles: ${(error as Error).message}`)
  const worker = randomUUID()
  const follower = new TitleFollower({ client, topic, store, clock, worker, onTrouble })
  await untilApplied(follower, clock, onProgress)
}
