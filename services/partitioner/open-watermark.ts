// Begins to tell the watermark of this partitioner.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import type { Service } from '../../lib/http/start-service.ts'
import { ifThere } from '../../lib/if-there.ts'
import { inBackground } from '../../lib/opening.ts'
import { DAY_MS } from '../../model/bucket.ts'
import { type OpenedLog, untilAvailable } from '../../stores/log/open-log.ts'
import type { SpooledLog } from '../../stores/log/spool/spooled-log.ts'
import { removeWatermark, tellWatermark, WatermarkReader } from '../../stores/watermarks/kafka-watermarks.ts'
import { OwnWatermark } from './own-watermark.ts'
import type { PartitionerSettings } from './settings.ts'
import type { UnroutedEvents } from './unrouted-events.ts'

/** Answers go no further than the watermarks do. */
const INTERVAL_MS = 250
/** Longer than counts are ever behind. */
const ENDED_KEPT_MS = 7 * DAY_MS

/**
 * All know of this disk from now on, before any event can wait on it. Where an earlier release made the topics, nothing
 * is told.
 */
export async function openWatermark(
  service: Service,
  { client }: OpenedLog,
  { kafka: { prefix }, dataDirectory }: PartitionerSettings,
  { log, unrouted }: { readonly log: SpooledLog; readonly unrouted: UnroutedEvents },
): Promise<void> {
  const { clock, stack, logger, onRetry, signal } = service
  const reader = new WatermarkReader(client, prefix)
  const wait = <T>(what: string, call: () => Promise<T>) => untilAvailable(what, call, clock, onRetry, signal)
  if (!(await wait('look for the watermarks', () => reader.isThere()))) {
    logger.warn('answers will not know of events that wait here: run `npm run topics`, then restart it')
    return
  }
  const id = await diskId(dataDirectory)
  const disks = await wait('read the watermarks', () => reader.read())
  const own = disks.get(id)
  // An earlier release may have left something that it told nobody of.
  const sinceMs =
    own?.sinceMs ??
    Math.min(clock.nowMs(), log.state().oldestAtMs ?? Number.POSITIVE_INFINITY, unrouted.waitingFromMs())
  const watermark = new OwnWatermark(
    {
      ...{ unrouted, clock },
      spool: () => log.state(),
      random: Math.random,
      tell: (upToMs, hasEnded) => tellWatermark(client, prefix, id, { upToMs, sinceMs, hasEnded }),
      onRetry: (attempt, error) => onRetry('tell what it handed over', attempt, error),
    },
    own?.told.at(-1)?.upToMs ?? null,
  )
  await wait('tell its watermark', () => watermark.tell())
  stack.defer(() => watermark.end().catch((err) => logger.warn({ err }, 'could not tell that it ends')))
  inBackground(service, (stopping) => watermark.follow(INTERVAL_MS, stopping))
  for (const [ended, { hasEnded, told }] of disks)
    if (hasEnded && clock.nowMs() - told.at(-1)!.toldMs > ENDED_KEPT_MS)
      removeWatermark(client, prefix, ended).catch((err) =>
        logger.warn({ err }, 'could not forget an old disk'),
      )
}

/** Of this data directory, for good. */
async function diskId(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'disk-id')
  const known = await ifThere(readFile(path, 'utf8'))
  if (known !== null && known.trim() !== '') return known.trim()
  const id = randomUUID()
  await writeFileWhole(path, `${id}\n`)
  return id
}
