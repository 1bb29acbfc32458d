// What a thread makes of a body: records for the log, and what its sender is told of it. The stages of accept.ts up to
// the one that stores. What depends on other requests is asked of the thread that takes them all.
import type { Automated } from '../../../model/automated.ts'
import type { Layout } from '../../../model/layout.ts'
import type { ParseContext } from '../../../model/parse-event.ts'
import type { ViewerAttributes } from '../../../model/viewer-attributes.ts'
import type { Lane } from '../../../stores/log/log.ts'
import { decode, FORMATS } from '../decode-body.ts'
import type { PlacedRecord } from '../gather.ts'
import type { EventLimits } from '../limits.ts'
import { ANY_NEW_VIDEO, type NewVideos } from '../new-videos.ts'
import { type ParsedItems, parseItems } from '../parse.ts'
import type { RejectedItem } from '../rejected-items.ts'
import { RecordPacker } from './record-packer.ts'

/** The same for all bodies. */
export type PackRules = Pick<
  EventLimits,
  'eventsMax' | 'eventBytesMax' | 'horizonMs' | 'aheadMs' | 'retentionMs'
> & {
  /** See Naming. */
  readonly sourcesFromMs: number
}

/** What is known of a body beside its bytes. */
export type PackOrder = {
  /** One of FORMATS. */
  readonly mediaType: string
  readonly tenant: string
  readonly automated: Automated | null
  readonly viewer: ViewerAttributes | null
  /** No event is taken that is further ahead of this than it may be, so `layouts` are final for all that are. */
  readonly nowMs: number
  /** Those in force at that time. */
  readonly layouts: readonly Layout[]
}

/** A video and a type that good events of a body name. */
export type Named = { readonly videoId: string; readonly type: string; readonly onTime: number }

/** Which of them are refused, by their index. Fails where the whole body is, which has this many items. */
export type AskNames = (items: number, named: readonly Named[]) => Promise<readonly number[]>

export type Packed = {
  readonly items: number
  readonly accepted: number
  readonly late: number
  readonly rejected: readonly RejectedItem[]
  /** How many events are in each lane, the probe's own left out. */
  readonly ofUsers: readonly (readonly [Lane, number])[]
  readonly records: readonly PlacedRecord[]
}

const packer = new RecordPacker()

/** `ask`: null where names concern nobody. Fails with a ProblemError, as `decode` does, and as `ask` does. */
export async function packBody(
  body: Buffer,
  order: PackOrder,
  rules: PackRules,
  ask: AskNames | null,
): Promise<Packed> {
  const { eventsMax: itemsMax, eventBytesMax: itemBytesMax } = rules
  const { mediaType, tenant, automated, viewer, nowMs, layouts } = order
  const format = FORMATS.get(mediaType)!
  const items = await decode(format, body, { itemsMax, itemBytesMax })
  const context: ParseContext = { ...rules, tenant, nowMs, automated, viewer }
  const parse = (newVideos: Pick<NewVideos, 'admits'>) =>
    parseItems(items, format, context, itemBytesMax, newVideos)
  const parsed = await parse(ANY_NEW_VIDEO)
  const taken = ask === null ? parsed : await askedFor(parsed, items.length, ask, parse)
  return {
    items: items.length,
    accepted: taken.onTime.length + taken.late.length,
    late: taken.late.length,
    rejected: taken.rejected,
    ...packer.pack(taken, layouts),
  }
}

/** Without the events whose names are refused: then all are parsed once more, so that rejections stay in order. */
async function askedFor(
  parsed: ParsedItems,
  items: number,
  ask: AskNames,
  parse: (newVideos: Pick<NewVideos, 'admits'>) => Promise<ParsedItems>,
): Promise<ParsedItems> {
  const named = namesOf(parsed)
  const refused = await ask(items, named)
  if (refused.length === 0) return parsed
  const names = new Set(refused.map((index) => nameOf(named[index]!)))
  return parse({ admits: (event) => !names.has(nameOf(event)) })
}

/** In the order of the first event of each, those on time before the late ones. */
function namesOf({ onTime, late }: ParsedItems): Named[] {
  const named = new Map<string, { videoId: string; type: string; onTime: number }>()
  const add = ({ videoId, type }: { videoId: string; type: string }, events: number) => {
    const known = named.get(nameOf({ videoId, type }))
    if (known === undefined) named.set(nameOf({ videoId, type }), { videoId, type, onTime: events })
    else known.onTime += events
  }
  for (const event of onTime) add(event, 1)
  for (const event of late) add(event, 0)
  return Array.from(named.values())
}

function nameOf({ videoId, type }: Pick<Named, 'videoId' | 'type'>): string {
  return `${type}\n${videoId}` // neither holds a line end
}
