// Turns items into events and rejections, each rejection with the index of its item.

import { Turns } from '../../lib/turns.ts'
import type { Event } from '../../model/event.ts'
import type { ParseContext, ParsedEvent } from '../../model/parse-event.ts'
import { rejection } from '../../model/rejection.ts'
import type { Format } from './decode-body.ts'
import type { NewVideos } from './new-videos.ts'
import { type RejectedItem, RejectedItems } from './rejected-items.ts'

export type ParsedItems = {
  readonly onTime: readonly Event[]
  readonly late: readonly Event[]
  readonly rejected: readonly RejectedItem[]
}

const TOO_MANY_NEW = 'more new videos than the tenant may have in a minute: send this event again later'
/** Between two turns of the event loop: a few milliseconds of JSON with new names, or of a thousand usual events. */
const TURN_CHARS_MAX = 32 << 10
/** The cost of an item that is already parsed: it is only checked. */
const PARSED_ITEM_CHARS = 20

/** Every item ends in exactly one of the three lists, in the order in which they were sent. */
export async function parseItems(
  items: readonly unknown[],
  format: Format,
  context: ParseContext,
  eventBytesMax: number,
  newVideos: Pick<NewVideos, 'admits'>,
): Promise<ParsedItems> {
  const onTime: Event[] = []
  const late: Event[] = []
  const rejected = new RejectedItems()
  await parseEach(items, format, context, eventBytesMax, newVideos, (index, parsed) => {
    if (parsed.ok) (parsed.late ? late : onTime).push(parsed.event)
    else rejected.add(index, parsed)
  })
  return { onTime, late, rejected: rejected.list }
}

/** Tells how each item ends, in the order in which they were sent. */
export async function parseEach(
  items: readonly unknown[],
  format: Format,
  context: ParseContext,
  eventBytesMax: number,
  newVideos: Pick<NewVideos, 'admits'>,
  onItem: (index: number, parsed: ParsedEvent) => void,
): Promise<void> {
  const turns = new Turns(TURN_CHARS_MAX)
  for (const [index, item] of items.entries()) {
    if (turns.isDueAfter(typeof item === 'string' ? item.length : PARSED_ITEM_CHARS)) await turns.next()
    const parsed = parseItem(item, format, context, eventBytesMax)
    const isOverQuota = parsed.ok && !newVideos.admits(parsed.event, context.nowMs)
    onItem(index, isOverQuota ? rejection('too_many_new_videos', TOO_MANY_NEW) : parsed)
  }
}

/**
 * Text is measured first: what is refused anyway need not be parsed. A good event is measured only where its form
 * allows for padding, since the bounds of its fields keep it far below `eventBytesMax`; a bad one is, to name the
 * better reason.
 */
function parseItem(item: unknown, format: Format, context: ParseContext, bytesMax: number): ParsedEvent {
  if (typeof item === 'string' && format.isLarger(bytesMax, item)) return tooLarge(bytesMax)
  const parsed = format.parse(item, context)
  const isMeasured = !parsed.ok || format.isPadded
  return isMeasured && format.isLarger(bytesMax, item) ? tooLarge(bytesMax) : parsed
}

function tooLarge(bytesMax: number): ParsedEvent {
  return rejection('too_large', `an event must have at most ${bytesMax} bytes`)
}
