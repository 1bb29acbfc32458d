// What a query service serves beside answers: what videos are called, and dead letters for operators.
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openKafkaLayouts } from '../adapters/log/kafka/kafka-layouts.ts'
import { type KafkaVideos, openKafkaVideos } from '../adapters/videos/kafka-videos.ts'
import { serveDeadLetters } from '../dead-letters/compose.ts'
import type { Journal } from '../ports/journal.ts'
import type { OpenedLog } from '../runtime/open-log.ts'
import type { OpenedServer } from '../runtime/open-server.ts'
import { keepPrivate } from '../runtime/private-files.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { registerVideos } from '../videos/routes.ts'
import type { QuerySettings } from './settings.ts'

export type SideServices = { readonly videos: KafkaVideos; close(): Promise<void> }

/** To be closed after the server. */
export async function openSideServices(
  { app, registry }: OpenedServer,
  settings: QuerySettings,
  { client, log }: OpenedLog,
  journal: Journal,
): Promise<SideServices> {
  const { kafka, limits, dataDirectory, keys } = settings
  const shared = { client, clock: systemClock, prefix: kafka.prefix }
  const layouts = await openKafkaLayouts({
    ...shared,
    aheadMs: limits.aheadMs,
    newProposalId: randomUUID,
    onRefreshFailed: (err) => app.log.warn({ err }, 'could not read the layouts'),
  })
  serveDeadLetters(app, registry, settings, { log, journal, layouts, clock: systemClock, limits })

  const directory = join(dataDirectory, 'videos')
  await keepPrivate([directory], app.log)
  await mkdir(directory, { recursive: true })
  const videos = await openKafkaVideos({
    ...shared,
    directory,
    onTrouble: (err) => app.log.warn({ err }, 'could not follow the videos, will try again'),
  })
  registerVideos(app, { videos, keys })
  return {
    videos,
    async close() {
      await layouts.close()
      await videos.close()
    },
  }
}
