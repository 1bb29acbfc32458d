// POST /v1/events/validate: what would happen to each event of a body if it were sent now. It goes through the stages
// of accept.ts up to the one that stores; nothing is stored, and no quota of new videos is used up.
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import { overflows } from '../../model/route.ts'
import { type AcceptDeps, currentLayouts, isOverQuota, itemsOf, type Receipt } from './accept.ts'
import type { Admission } from './admit.ts'
import { parseEach } from './parse.ts'
import { type RejectedItem, RejectedItems } from './rejected-items.ts'

/** Counted within seconds; by the next recount; by workers, while the stream is too slow. */
export const LANES_TOLD = ['live', 'late', 'overload'] as const

type Fate = {
  readonly index: number
  readonly lane: (typeof LANES_TOLD)[number]
  /** The minute in which it would be counted, RFC 3339. */
  readonly minute: string
  /** The index of an earlier event of the same name, of which this one is a copy. */
  readonly copyOf?: number
  /** With which it would be stored: its own, and what the front door adds. */
  readonly attributes?: Readonly<Record<string, string>>
}

export type Validation = Receipt & {
  /** The status with which POST /v1/events would answer. */
  readonly status: 202 | 422 | 429
  /** The accepted ones; the others are in `rejected`. */
  readonly events: readonly Fate[]
}

/** Counts towards the rate of the tenant as if it were sent. Fails as `accept` does, but where that stores. */
export async function validate(
  body: Buffer,
  admission: Admission,
  deps: Omit<AcceptDeps, 'gather'>,
): Promise<Validation> {
  const { items, context } = await itemsOf(body, admission, deps)
  const layouts = currentLayouts(deps.layouts)
  const rejected = new RejectedItems()
  const events: Fate[] = []
  const seen = new Map<string, number>()
  const { eventBytesMax } = deps.limits
  await parseEach(
    items,
    admission.format,
    context,
    eventBytesMax,
    deps.newVideos.trial(),
    (index, parsed) => {
      if (!parsed.ok) {
        rejected.add(index, parsed)
        return
      }
      const { event } = parsed
      const lane = parsed.late ? 'late' : overflows(layouts, event) ? 'overload' : 'live'
      const minute = new Date(minuteOf(event.timeMs) * MINUTE_MS).toISOString()
      const first = seen.get(nameOf(event))
      if (first === undefined) seen.set(nameOf(event), index)
      events.push({
        ...{ index, lane, minute },
        ...(first !== undefined && { copyOf: first }),
        ...(event.attributes !== null && { attributes: JSON.parse(event.attributes) }),
      })
    },
  )
  const late = events.filter(({ lane }) => lane === 'late').length
  const { list } = rejected
  return { status: statusOf(events, list), accepted: events.length, late, rejected: list, events }
}

function statusOf(events: readonly Fate[], rejected: readonly RejectedItem[]): Validation['status'] {
  if (events.length > 0) return 202
  return rejected.some(isOverQuota) ? 429 : 422
}

/** What law 4 names an event by, within one tenant. */
function nameOf({ videoId, type, timeMs, id, source }: Event): string {
  return [videoId, type, minuteOf(timeMs), id, source ?? ''].join('\n') // none of them holds a line end
}
