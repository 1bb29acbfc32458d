// Removes what is old from the disk of one process, at intervals: records of the log that nobody needs any more,
// counts that are recounted and older than they are kept, objects of the overload lane.
import { inBackground, type Opening } from '../../lib/opening.ts'
import type { CountRetention } from '../../model/retention.ts'
import type { EmbeddedBacking } from '../../stores/backing/embedded.ts'
import type { Source } from '../../stores/log/log.ts'
import type { Processing } from '../processing/processing.ts'
import type { Reconciler } from '../reconciler/reconciler.ts'

const RETENTION_INTERVAL_MS = 60_000
/** How often old counts are looked for. */
const SWEEP_INTERVAL_MS = 10 * 60_000

export function removeWhatIsOld(
  opening: Opening,
  { forms: { log, stores }, sweepOverflow }: EmbeddedBacking,
  retention: CountRetention,
  processing: Pick<Processing, 'neededFrom'>,
  reconciler: Pick<Reconciler, 'neededFrom'>,
): void {
  const { stack, clock, logger } = opening
  const neededFrom = async (source: Source) =>
    Math.min(await processing.neededFrom(source), reconciler.neededFrom(source))
  const enforcing = setInterval(() => {
    log.enforceRetention(neededFrom).catch((error) => logger.error(error))
  }, RETENTION_INTERVAL_MS)
  stack.defer(() => clearInterval(enforcing))
  const onError = (err: unknown) => logger.warn({ err }, 'could not remove what is old, will try again')
  inBackground(opening, (stopping) => sweepOverflow(() => true, onError, stopping))
  inBackground(opening, async (stopping) => {
    while (true) {
      await clock.sleep(SWEEP_INTERVAL_MS, stopping)
      if (stopping.aborted) return
      await stores.sweep(clock.nowMs(), retention, stopping).catch(onError)
    }
  })
}
