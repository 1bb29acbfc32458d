// Turns the cells or the object of a row into its events, by the rules of the front door, or into the reason why not.
// Records the units of times.

import { instantText } from '../../lib/time-text.ts'
import type { Event } from '../../model/event.ts'
import { TENANT_RULE } from '../../model/names.ts'
import { type ParseContext, parseEventWithSource } from '../../model/parse-event.ts'
import { tenantName } from '../../services/reconciler/operators/admin-parameters.ts'
import type { Layout } from '../replay/columns.ts'
import { ATTRIBUTES_FAULT, type Cells, parseAttributes, parseValue, valueFault } from '../replay/row.ts'
import { opinionsOf } from '../replay/to-events.ts'
import type { FileEvent } from './event-text.ts'
import type { Reading } from './import-options.ts'
import { readTime, type TimeUnit } from './time-unit.ts'

/** Events, or why there are none. */
export type ReadRow = readonly FileEvent[] | string

/** A placeholder for a missing id, so that the rest of the row can be validated. */
const NO_ID = 'none'
const LINES_NOTED = 3

export class RowReader {
  /** The first lines of each unit. */
  readonly units = new Map<TimeUnit, number[]>()
  readonly #reading: Reading
  readonly #context: ParseContext

  constructor(reading: Reading) {
    this.#reading = reading
    const whenever = { horizonMs: 0, retentionMs: Number.MAX_SAFE_INTEGER, aheadMs: 0, sourcesFromMs: 0 }
    this.#context = { tenant: '', nowMs: reading.toMs, ...whenever }
  }

  /** @param unit of the time column, if its name says so */
  ofCells(line: number, cells: Cells, rule: Layout['rule'], unit: TimeUnit | null): ReadRow {
    const value = parseValue(cells.value)
    if (value === null) return valueFault(cells.value!)
    const attributes = cells.attributes === undefined ? undefined : parseAttributes(cells.attributes)
    if (attributes === null) return ATTRIBUTES_FAULT
    const { id, source, videoId, time, viewerId, channelId, tenant } = cells
    const type = rule === 'reviews' ? 'view' : (cells.type ?? 'view')
    const who = { source, videoId, viewerId, channelId, attributes, tenant, time: time ?? '' }
    const name = (suffix: string) => (id === undefined || rule === 'plain' ? id : `${id}-${suffix}`)
    const first = this.ofObject(line, { ...who, id: name(type), type, value }, unit)
    if (rule === 'plain' || typeof first === 'string') return first
    const opinions = opinionsOf(value).map((type) => ({ ...first[0]!, id: name(type) ?? null, type }))
    return [...first, ...opinions.map((event) => ({ ...event, valueThousandths: null }))]
  }

  /** An event as in POST /v1/events, except for a missing id, a tenant and the source of a CloudEvent. */
  ofObject(line: number, object: Readonly<Record<string, unknown>>, unit: TimeUnit | null = null): ReadRow {
    const { tenant: given, id, time, ...fields } = object
    const tenant = this.#tenantOf(given)
    if (tenant === null) return `tenant must be ${TENANT_RULE}`
    const read =
      typeof time === 'string' || typeof time === 'number' ? this.#timeOf(String(time), unit) : null
    if (read === null && time !== undefined && time !== null)
      return `the time ${JSON.stringify(time)} is unreadable`
    const outside = read === null ? null : this.#outside(read.timeMs)
    if (outside !== null) return outside
    const parsed = parseEventWithSource({ ...fields, id: id ?? NO_ID, time: read?.timeMs }, this.#context)
    if (!parsed.ok) return parsed.detail
    if (read?.unit) this.#note(line, read.unit)
    const event: Event = { ...parsed.event, tenant }
    return [id === undefined || id === null ? { ...event, id: null } : event]
  }

  #timeOf(text: string, unit: TimeUnit | null) {
    return readTime(text, this.#reading.timeUnit ?? unit)
  }

  #tenantOf(given: unknown): string | null {
    if (this.#reading.tenant !== null) return this.#reading.tenant
    if (given === undefined || given === null) return ''
    return typeof given === 'string' ? tenantName(given) : null
  }

  #outside(timeMs: number): string | null {
    const { fromMs, toMs } = this.#reading
    if (timeMs >= fromMs && timeMs < toMs) return null
    const [bound, limitMs] = timeMs < fromMs ? ['before --from', fromMs] : ['not before --to', toMs]
    return `the time ${shown(timeMs)} is ${bound} ${instantText(limitMs)}`
  }

  #note(line: number, unit: TimeUnit): void {
    const lines = this.units.get(unit)
    if (lines === undefined) this.units.set(unit, [line])
    else if (lines.length < LINES_NOTED) lines.push(line)
  }
}

const DATE_MS_MAX = 8.64e15

function shown(timeMs: number): string {
  return Math.abs(timeMs) <= DATE_MS_MAX ? instantText(timeMs) : `${timeMs} ms`
}
