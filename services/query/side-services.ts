// What a query service serves beside answers: what videos are called, and dead letters for operators.
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { OpenedServer } from '../../lib/http/open-server.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { keepPrivate } from '../../lib/private-files.ts'
import { systemClock } from '../../lib/system-clock.ts'
import type { Naming } from '../../model/naming.ts'
import type { Journal } from '../../stores/counts/journal.ts'
import { openKafkaLayouts } from '../../stores/log/kafka/kafka-layouts.ts'
import type { OpenedLog } from '../../stores/log/open-log.ts'
import { type KafkaVideos, openKafkaVideos } from '../../stores/videos/kafka-videos.ts'
import { serveDeadLetters } from '../partitioner/dead-letters/compose.ts'
import type { QuerySettings } from './settings.ts'
import { registerVideos } from './videos/video-routes.ts'

export type SideServices = { readonly videos: KafkaVideos; close(): Promise<void> }

/** To be closed after the server. */
export async function openSideServices(
  { app, registry }: OpenedServer,
  settings: QuerySettings,
  { client, log }: OpenedLog,
  { sourcesFromMs }: Naming,
  journal: Journal,
  rate: QueryRate,
): Promise<SideServices> {
  const { kafka, limits, dataDirectory, keys } = settings
  const shared = { client, clock: systemClock, prefix: kafka.prefix }
  const layouts = await openKafkaLayouts({
    ...shared,
    aheadMs: limits.aheadMs,
    newProposalId: randomUUID,
    onRefreshFailed: (err) => app.log.warn({ err }, 'could not read the layouts'),
  })
  const letters = { log, journal, layouts, clock: systemClock, limits, sourcesFromMs }
  serveDeadLetters(app, registry, settings, rate, letters)

  const directory = join(dataDirectory, 'videos')
  await keepPrivate([directory], app.log)
  await mkdir(directory, { recursive: true })
  const videos = await openKafkaVideos({
    ...shared,
    directory,
    onTrouble: (err) => app.log.warn({ err }, 'could not follow the videos, will try again'),
  })
  registerVideos(app, { videos, keys, rate })
  return {
    videos,
    async close() {
      await layouts.close()
      await videos.close()
    },
  }
}
