// Composes the governor of the overload lane of a log on Kafka, in a processing instance.
import { inBackground, type Opening } from '../../../lib/opening.ts'
import { knownAsOfMs } from '../../../model/as-of.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { openLayouts } from '../../../stores/backing/on-kafka.ts'
import type { OpenedLog } from '../../../stores/log/open-log.ts'
import { Progress, type ProgressDeps } from '../../../stores/log/progress.ts'
import type { ProcessingSettings } from '../settings.ts'
import { Governor } from './governor.ts'

/** Does nothing if the settings name no rule, or in a process that counts the overload lane. Waits for Kafka. */
export async function governOverload(
  opening: Opening,
  { overload, lane, kafka: shared }: ProcessingSettings,
  kafka: OpenedLog,
  checkpoints: ProgressDeps['checkpoints'],
): Promise<Pick<Governor, 'lead'>> {
  if (overload === null || lane !== 'events') return { lead: () => {} }
  const { clock, logger } = opening
  const onError = (err: unknown) => logger.warn({ err }, 'could not judge the load, will try again')
  const layouts = await openLayouts(opening, kafka, shared, null)
  const progress = new Progress({ log: kafka.log, lanes: ['events'], checkpoints, clock, onError })
  const lagMs = async () => {
    await progress.look()
    const asOfMs = knownAsOfMs(progress.asOfMs)
    return asOfMs === null ? null : clock.nowMs() - asOfMs
  }
  const onProposed = ({ version, fromMinute, overflow }: Layout) => {
    const since = new Date(fromMinute * MINUTE_MS).toISOString()
    logger.warn(`layout ${version}, from ${since}: the overload lane is ${overflow ? 'on' : 'off'}`)
  }
  const governor = new Governor({ lagMs, layouts, clock, onProposed, onError }, overload)
  inBackground(opening, (signal) => governor.follow(signal))
  return governor
}
