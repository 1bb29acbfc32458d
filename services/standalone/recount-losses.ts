// What the marks of this disk tell of losses, and when lost counts are counted again.
import type { Clock } from '../../lib/clock.ts'
import type { EmbeddedBacking, EmbeddedForms } from '../../stores/backing/embedded.ts'
import type { BatchArchive } from '../reconciler/archiving/open-archive.ts'
import type { BatchSettings } from '../reconciler/reconciler-settings.ts'
import { closedTo } from '../reconciler/recount/due-hours.ts'
import type { Losses } from './loss.ts'

export function tellLosses(losses: Losses, { log, stores, videos, uniques }: EmbeddedForms): void {
  losses.tell({ name: 'log', state: log.state, lacks: '' })
  losses.tellCounts(stores.state)
  losses.tell({ name: 'videos', state: videos.state, lacks: 'Titles that were put last may be missing.' })
  const lacks = 'Numbers of different viewers may be too low.'
  losses.tell({ name: 'uniques', state: uniques.state, lacks })
}

/** Told of each recount: one of all that had closed when the process started ends the loss. */
export function recountLosses(
  { clock }: { readonly clock: Clock },
  losses: Losses,
  { forms: { stores }, archive }: Pick<EmbeddedBacking & BatchArchive, 'forms' | 'archive'>,
  settings: BatchSettings,
  forgetAll: () => void,
): (closed: number) => Promise<void> {
  const startedMs = clock.nowMs()
  return async (closed) => {
    if (!losses.isCounting || closed <= closedTo(startedMs, settings)) return
    const [first] = await archive.holdings()
    if (typeof stores.state !== 'string' && stores.state.kind === 'end') stores.accept()
    losses.counted(stores.state, first?.hour ?? Infinity)
    forgetAll()
  }
}
