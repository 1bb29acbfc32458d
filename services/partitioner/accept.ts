// Takes a body through the stages of the front door: decode → parse → route → gather. Knows nothing of the server. A
// request that fails as a whole fails with a ProblemError.

import type { Clock } from '../../lib/clock.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import type { Layout } from '../../model/layout.ts'
import type { ParseContext } from '../../model/parse-event.ts'
import { isProbe } from '../../model/probe.ts'
import type { Layouts } from '../../stores/layouts/layouts.ts'
import type { Lane } from '../../stores/log/log.ts'
import type { Admission } from './admit.ts'
import { decode } from './decode-body.ts'
import type { EventRates } from './event-rates.ts'
import { type Gather, GatherError, type PlacedEvent } from './gather.ts'
import type { HotVideos } from './hot-videos/hot-videos.ts'
import type { EventLimits } from './limits.ts'
import { type NewVideos, untilNextMinuteMs } from './new-videos.ts'
import { type ParsedItems, parseItems } from './parse.ts'
import type { EventMetrics } from './partitioner-metrics.ts'
import { type FirstLane, placeOf, queueOf } from './place.ts'
import type { RejectedItem } from './rejected-items.ts'

export type AcceptDeps = {
  readonly gather: Gather
  /** Takes events whose layout is not known yet; missing: they are refused. */
  readonly waiting?: Gather
  readonly layouts: Layouts
  readonly clock: Clock
  readonly rates: Pick<EventRates, 'take'>
  readonly newVideos: NewVideos
  readonly limits: EventLimits
  /** See Naming. */
  readonly sourcesFromMs: number
  readonly metrics: EventMetrics
  /** Missing: rates of videos concern nobody. */
  readonly hotVideos?: Pick<HotVideos, 'note'>
}

/** How the events of a request ended. `accepted` counts the late ones too; all of them are durable. */
export type Receipt = {
  readonly accepted: number
  readonly late: number
  readonly rejected: readonly RejectedItem[]
}

/**
 * Resolves when every accepted event is durable. `rate-limited` is also thrown if no event is accepted and some are
 * refused by the quota of new videos; then it carries the receipt. Fails with a ProblemError: `unreadable-body`,
 * `too-many-events`, `body-too-large`, `rate-limited`, `log-unavailable`, `closing`.
 */
export async function accept(body: Buffer, admission: Admission, deps: AcceptDeps): Promise<Receipt> {
  const { items, context } = await itemsOf(body, admission, deps)
  const { eventBytesMax } = deps.limits
  const parsed = await parseItems(items, admission.format, context, eventBytesMax, deps.newVideos)
  deps.hotVideos?.note(parsed.onTime)
  const receipt = await storeParsed(parsed, deps)
  if (receipt.accepted === 0 && receipt.rejected.some(isOverQuota)) refuseNewVideos(receipt, context.nowMs)
  return receipt
}

/** The items of a body within the rates of its sender, and what decides about each of them. */
export async function itemsOf(
  body: Buffer,
  { tenant, format, automated, viewer }: Admission,
  { clock, rates, limits, sourcesFromMs }: Omit<AcceptDeps, 'gather' | 'newVideos'>,
): Promise<{ readonly items: readonly unknown[]; readonly context: ParseContext }> {
  const { eventsMax: itemsMax, eventBytesMax: itemBytesMax } = limits
  const items = await decode(format, body, { itemsMax, itemBytesMax })
  await rates.take(items.length)
  return { items, context: { ...limits, tenant, nowMs: clock.nowMs(), sourcesFromMs, automated, viewer } }
}

export function isOverQuota({ code }: Pick<RejectedItem, 'code'>): boolean {
  return code === 'too_many_new_videos'
}

/**
 * The second half of the stages, for events that did not arrive as a body. Fails with `log-unavailable`, `closing`.
 */
export async function storeParsed(
  parsed: ParsedItems,
  { gather, waiting, layouts, metrics }: Pick<AcceptDeps, 'gather' | 'waiting' | 'layouts' | 'metrics'>,
): Promise<Receipt> {
  const { placed, unrouted } = place(parsed, layouts)
  if (unrouted.length === 0) await gather.store(placed).catch(refuseUnstored)
  else await storeBoth(placed, unrouted, gather, waiting)

  for (const [lane, events] of eventsOfUsers([...placed, ...unrouted])) metrics.accepted(lane, events)
  for (const { code } of parsed.rejected) metrics.rejected(code)
  return {
    accepted: parsed.onTime.length + parsed.late.length,
    late: parsed.late.length,
    rejected: parsed.rejected,
  }
}

type Places = { readonly placed: readonly PlacedEvent[]; readonly unrouted: readonly PlacedEvent[] }

/** Those whose layout is not known yet have only a lane, and a queue in which they wait. */
function place({ onTime, late }: ParsedItems, layouts: Layouts): Places {
  const current = currentLayouts(layouts)
  const unknownFrom = layouts.unknownFromMinute()
  const placed: PlacedEvent[] = []
  const unrouted: PlacedEvent[] = []
  const put = (lane: FirstLane, event: Event) => {
    const minute = minuteOf(event.timeMs)
    if (minute >= unknownFrom) unrouted.push({ lane, partition: queueOf(minute), event })
    else placed.push(placeOf(lane, event, current))
  }
  for (const event of onTime) put('events', event)
  for (const event of late) put('events-late', event)
  return { placed, unrouted }
}

/** Fails as `storeParsed`, when both have ended. */
async function storeBoth(
  placed: readonly PlacedEvent[],
  unrouted: readonly PlacedEvent[],
  gather: Gather,
  waiting: Gather | undefined,
): Promise<void> {
  if (waiting === undefined) throw unknownPlaces()
  const ends = await Promise.allSettled([gather.store(placed), waiting.store(unrouted)])
  for (const end of ends) if (end.status === 'rejected') refuseUnstored(end.reason)
}

/** How many there are in each lane, the probe's own left out. */
function eventsOfUsers(placed: readonly PlacedEvent[]): ReadonlyMap<Lane, number> {
  const events = new Map<Lane, number>()
  for (const { lane, event } of placed) if (!isProbe(event)) events.set(lane, (events.get(lane) ?? 0) + 1)
  return events
}

/** Fails with `log-unavailable` while they cannot be told. */
export function currentLayouts(layouts: Layouts): readonly Layout[] {
  try {
    return layouts.current()
  } catch (cause) {
    throw unknownPlaces(cause)
  }
}

function unknownPlaces(cause?: unknown): ProblemError {
  const detail =
    'It is unknown at the moment where these events belong. None of them is stored: send them again later.'
  return new ProblemError({ type: 'log-unavailable', detail, cause })
}

export function refuseNewVideos(receipt: Receipt, nowMs: number): never {
  throw new ProblemError({
    type: 'rate-limited',
    detail: 'This tenant names more new videos in a minute than it may: send these events again later.',
    headers: { 'retry-after': String(Math.ceil(untilNextMinuteMs(nowMs) / 1000)) },
    members: receipt,
  })
}

export function refuseUnstored(cause: unknown): never {
  if (!(cause instanceof GatherError)) throw cause
  switch (cause.code) {
    case 'append_failed':
      throw new ProblemError({
        type: 'log-unavailable',
        detail:
          'Some of these events may be stored and others not. ' +
          'Send the same events again with the same ids: copies are counted once.',
        cause,
      })
    case 'closed':
      throw new ProblemError({
        type: 'closing',
        detail: 'None of these events is stored. Send them again, to another server if there is one.',
        cause,
      })
  }
}
