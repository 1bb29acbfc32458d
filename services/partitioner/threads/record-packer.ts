// Places events and encodes them into records of one partition each, within one synchronous call.
import type { Event } from '../../../model/event.ts'
import type { Layout } from '../../../model/layout.ts'
import { isProbe } from '../../../model/probe.ts'
import { RecordBuilder } from '../../../schemas/record.ts'
import type { Lane } from '../../../stores/log/log.ts'
import type { PlacedRecord } from '../gather.ts'
import type { ParsedItems } from '../parse.ts'
import { type FirstLane, placeOf } from '../place.ts'
import type { Packed } from './pack-body.ts'

/** They join others in larger records, which may go beyond their bounds by one of these. */
const RECORD_BYTES_MAX = 32 << 10
const RECORD_EVENTS_MAX = 512

type Filling = { readonly lane: Lane; readonly partition: number; readonly builder: RecordBuilder }

export class RecordPacker {
  /** Used again for each body, because each has room for many events. */
  readonly #fillings = new Map<Lane, Filling[]>()

  pack({ onTime, late }: ParsedItems, layouts: readonly Layout[]): Pick<Packed, 'records' | 'ofUsers'> {
    const records: PlacedRecord[] = []
    const begun: Filling[] = []
    const ofUsers = new Map<Lane, number>()
    const put = (first: FirstLane, event: Event) => {
      const { lane, partition } = placeOf(first, event, layouts)
      const filling = this.#at(lane, partition)
      const { builder } = filling
      if (builder.count === 0) begun.push(filling)
      builder.add(event)
      if (!isProbe(event)) ofUsers.set(lane, (ofUsers.get(lane) ?? 0) + 1)
      if (builder.byteLength >= RECORD_BYTES_MAX || builder.count >= RECORD_EVENTS_MAX)
        records.push(finish(filling))
    }
    try {
      for (const event of onTime) put('events', event)
      for (const event of late) put('events-late', event)
      for (const filling of begun) if (filling.builder.count > 0) records.push(finish(filling))
      return { records, ofUsers: Array.from(ofUsers) }
    } finally {
      for (const { builder } of begun) builder.reset() // nothing of a body may reach the next one, whatever fails
    }
  }

  #at(lane: Lane, partition: number): Filling {
    const ofLane = this.#fillings.get(lane) ?? []
    const known = ofLane[partition]
    if (known !== undefined) return known
    const filling = { lane, partition, builder: new RecordBuilder() }
    ofLane[partition] = filling
    this.#fillings.set(lane, ofLane)
    return filling
  }
}

function finish({ lane, partition, builder }: Filling): PlacedRecord {
  const record = builder.finish()
  builder.reset()
  return { lane, partition, record }
}
