// Turns items into events and rejections, each rejection with the index of its item.

import { Turns } from '../../lib/turns.ts'
import type { Event } from '../../model/event.ts'
import type { ParseContext, ParsedEvent } from '../../model/parse-event.ts'
import { type RejectionCode, rejection } from '../../model/rejection.ts'
import type { Format } from './decode-body.ts'
import type { NewVideos } from './new-videos.ts'

export type RejectedItem = { readonly index: number; readonly code: RejectionCode; readonly detail: string }

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
  newVideos: NewVideos,
): Promise<ParsedItems> {
  const onTime: Event[] = []
  const late: Event[] = []
  const rejected: RejectedItem[] = []
  const turns = new Turns(TURN_CHARS_MAX)
  for (const [index, item] of items.entries()) {
    await turns.after(typeof item === 'string' ? item.length : PARSED_ITEM_CHARS)
    const parsed = parseItem(item, format, context, eventBytesMax)
    if (!parsed.ok) rejected.push({ index, code: parsed.code, detail: parsed.detail })
    else if (newVideos.admits(parsed.event, context.nowMs)) (parsed.late ? late : onTime).push(parsed.event)
    else rejected.push({ index, code: 'too_many_new_videos', detail: TOO_MANY_NEW })
  }
  return { onTime, late, rejected }
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
