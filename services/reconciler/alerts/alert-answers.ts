// What alerts are judged by where queries are answered in other processes: the same counts, read in the same way.
import type { Service } from '../../../lib/http/start-service.ts'
import { inBackground } from '../../../lib/opening.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { StoredCounts } from '../../../stores/backing/on-cassandra.ts'
import type { Log } from '../../../stores/log/log.ts'
import { Progress, type ProgressDeps } from '../../../stores/log/progress.ts'
import type { CountDeps } from '../../query/deps.ts'
import { type AnswersBacking, answersFrom } from '../../query/read/answers.ts'
import { vouchedIn } from '../../query/read/rebuilt.ts'
import { ReconciledWatch } from '../../query/read/reconciled-watch.ts'

const LOOK_INTERVAL_MS = SECOND_MS

export type AnswersOf = Pick<AnswersBacking, 'cache'> &
  Pick<ProgressDeps, 'handedOver'> & {
    readonly stored: StoredCounts
    readonly log: Log
    /** How old an event may be, by log time, and still change an answer. */
    readonly horizonMs: number
  }

/** Waits until the store tells of the rollups. */
export async function openAnswers(service: Service, of: AnswersOf): Promise<CountDeps> {
  const { clock, logger, signal } = service
  const { stored, log, cache, handedOver, horizonMs } = of
  const onError = (err: unknown) => logger.warn({ err }, 'could not tell how far the counts have come')
  const progress = new Progress({
    ...{ log, clock, onError, checkpoints: () => stored.counts.checkpoints() },
    ...(handedOver && { handedOver }),
  })
  const { rollups, rebuilds, journal } = stored
  const watched = { rollups, rebuilds, journal, clock, intervalMs: LOOK_INTERVAL_MS, onError }
  const reconciled = await ReconciledWatch.begin(watched, signal)
  inBackground(service, (stopping) => progress.follow(LOOK_INTERVAL_MS, stopping))
  inBackground(service, (stopping) => reconciled.follow(stopping))
  const vouched = () => vouchedIn(reconciled.rebuild)
  const importing = () => reconciled.importing
  const howFar = { progress: () => progress, coverage: () => reconciled.current, vouched, importing }
  const answers = answersFrom({ ...stored, cache }, service, howFar, horizonMs)
  inBackground(service, answers.followClock)
  return answers
}
