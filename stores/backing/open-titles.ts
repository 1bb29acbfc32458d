// Opens what videos are called, which processes share through Kafka and Cassandra. It has connections of its own, a
// breaker of its own and limits of its own: whatever is asked of titles, counts do not wait for it.
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import type { Opening } from '../../lib/opening.ts'
import type { CassandraSettings } from '../cassandra/cassandra-settings.ts'
import { connect } from '../cassandra/connect.ts'
import { statementsIn } from '../cassandra/prepare.ts'
import { replicationOf } from '../cassandra/replication.ts'
import type { KafkaSettings } from '../log/kafka/kafka-settings.ts'
import type { OpenedLog } from '../log/open-log.ts'
import { CassandraTitles } from '../videos/cassandra/cassandra-titles.ts'
import * as titleStatements from '../videos/cassandra/statements.ts'
import { titleLevels } from '../videos/cassandra/title-levels.ts'
import { ReadLimits } from '../videos/read-limits.ts'
import { openSharedVideos, type SharedVideos } from '../videos/shared-videos.ts'
import { watchTitles } from '../videos/title-metrics.ts'
import { INDEX_VERSION } from '../videos/title-words.ts'
import { newBreaker } from './counts-breaker.ts'

export const TITLE_STATEMENTS: readonly string[] = statementsIn(titleStatements)

type Settings = { readonly kafka: KafkaSettings; readonly cassandra: CassandraSettings }

/** Waits for Cassandra, whose schema has been looked at. Does not wait until all titles are there. */
export async function openTitles(
  opening: Opening,
  registry: Registry,
  { client, log }: Pick<OpenedLog, 'client' | 'log'>,
  settings: Settings,
): Promise<SharedVideos> {
  const { stack, clock, logger } = opening
  const store = await openTitleStore(opening, log.incarnation, settings)
  const breaker = newBreaker('titles', registry, logger)
  stack.defer(() => breaker.close())
  const videos = await openSharedVideos({
    ...{ client, clock, prefix: settings.kafka.prefix, store, worker: randomUUID() },
    limits: new ReadLimits(breaker, clock),
    onTrouble: (err) => logger.warn({ err }, 'could not apply changes of titles, goes on'),
  })
  stack.defer(() => videos.close())
  watchTitles(registry, videos, INDEX_VERSION)
  return videos
}

/** Of the topic of a log, as this release indexes it: one that indexes otherwise has tables of its own. */
export async function openTitleStore(
  { stack, clock, onRetry, signal }: Pick<Opening, 'stack' | 'clock' | 'onRetry' | 'signal'>,
  incarnation: string,
  { kafka, cassandra }: Settings,
): Promise<CassandraTitles> {
  const deps = { clock, random: Math.random, onRetry, signal }
  const client = await connect(cassandra, cassandra.keyspace, deps, TITLE_STATEMENTS)
  stack.defer(() => client.shutdown())
  const levels = titleLevels(client, await replicationOf(client, cassandra), cassandra)
  const topic = [kafka.prefix, incarnation, INDEX_VERSION].join('.')
  return new CassandraTitles(client, levels, topic, () => clock.nowMs())
}

/** What operators read in /health/ready while not everything is there. */
export function titleWarnings({ isWhole, behind }: SharedVideos): string[] {
  if (isWhole) return []
  const left = behind === null ? 'nobody can say how many' : `${behind}`
  return [
    `titles are being read from the log, ${left} records are left: until then questions about them are refused`,
  ]
}
