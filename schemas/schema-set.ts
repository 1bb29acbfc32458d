// Every version of the event schema ever written, so that any event in any log can be read. An event names its
// writer's schema by fingerprint; its fields are resolved to today's schema. It must not know where events come from.
import avsc from 'avsc'
import type { Event } from '../model/event.ts'
import { type EventSchema, optionalStringsOf, policyFaults } from './append-only.ts'
import { SINGLE_OBJECT_HEADER_BYTES, wordAt } from './framing.ts'
import { EVENT_FAULTS, EventColumns, type EventFault, isKeyText, scanEvent } from './scan-record.ts'
import { fingerprintOf, readEventSchemas } from './schema-files.ts'

export type SchemaErrorCode = 'no_versions' | 'not_append_only'

export class SchemaError extends Error {
  readonly code: SchemaErrorCode
  constructor(code: SchemaErrorCode, message: string) {
    super(message)
    this.name = 'SchemaError'
    this.code = code
  }
}

/** An event of the newest schema as avsc decodes it. */
type AvroEvent = Omit<Event, 'timeMs' | 'valueThousandths'> & {
  readonly time: number
  readonly value: number | null
}

type Version = {
  /** The two halves of the fingerprint as signed 32-bit numbers. */
  readonly low: number
  readonly high: number
  readonly optionalStrings: number
  readonly resolver: ReturnType<avsc.Type['createResolver']>
}

export class SchemaSet {
  /** Newest first. */
  readonly #versions: readonly Version[]
  readonly #newest: avsc.Type
  /** The version that was asked for last: consecutive events mostly share one. */
  #last: Version
  /** One row, which `decodeEvent` uses to validate an event with the scanner. */
  readonly #columns = new EventColumns()

  /**
   * Takes every version, oldest first. Fails with a SchemaError where they break the policy of
   * append-only.ts.
   */
  constructor(schemas: readonly EventSchema[]) {
    const faults = policyFaults(schemas)
    if (faults.length > 0) throw new SchemaError('not_append_only', faults.join('; '))
    const types = schemas.map((schema) => avsc.Type.forSchema(schema as avsc.Schema))
    const newest = types.at(-1)
    if (newest === undefined) throw new SchemaError('no_versions', 'a schema set needs a version')
    this.#newest = newest
    this.#versions = schemas.map((schema, i) => toVersion(schema, types[i]!, newest)).reverse()
    this.#last = this.#versions[0]!
  }

  /**
   * How many optional strings end an event of the schema with this fingerprint; -1 for a schema not in the
   * set.
   */
  optionalStrings(fingerprintLow: number, fingerprintHigh: number): number {
    const { low, high, optionalStrings } = this.#last
    if (low === fingerprintLow && high === fingerprintHigh) return optionalStrings
    const version = this.#versionOf(fingerprintLow, fingerprintHigh)
    if (version === undefined) return -1
    this.#last = version
    return version.optionalStrings
  }

  /**
   * Reads exactly one single-object encoded event of any version, or says why it cannot. It accepts exactly the
   * events that a scan of a record accepts and whose keys are texts. Never throws.
   */
  decodeEvent(bytes: Uint8Array): Event | EventFault {
    const columns = this.#columns
    columns.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    columns.fault[0] = scanEvent(this, columns, 0, 0, bytes.length)
    return this.decodeScanned(columns, 0)
  }

  /** The same for event i of a record that was scanned with this set: it is not scanned again. */
  decodeScanned({ bytes, fault, bodyStart, keyStart, keyEnd }: EventColumns, i: number): Event | EventFault {
    if (fault[i] !== 0) return EVENT_FAULTS[fault[i]!] as EventFault
    if (!isKeyText(bytes, keyStart[i]!, keyEnd[i]!)) return 'invalid_key'
    const start = bodyStart[i]!
    this.optionalStrings(wordAt(bytes, start + 2), wordAt(bytes, start + 6))
    const { resolver } = this.#last // that of this event, which has just been looked up
    return toEvent(this.#newest.decode(bytes, start + SINGLE_OBJECT_HEADER_BYTES, resolver).value)
  }

  #versionOf(low: number, high: number): Version | undefined {
    return this.#versions.find((version) => version.low === low && version.high === high)
  }
}

/** The set of all versions in the schema files. */
export function loadSchemas(): SchemaSet {
  return new SchemaSet(readEventSchemas())
}

function toVersion(schema: EventSchema, type: avsc.Type, newest: avsc.Type): Version {
  const fingerprint = fingerprintOf(type)
  return {
    low: Number(BigInt.asIntN(32, fingerprint)),
    high: Number(BigInt.asIntN(32, fingerprint >> 32n)),
    optionalStrings: optionalStringsOf(schema),
    resolver: newest.createResolver(type),
  }
}

function toEvent({
  tenant,
  videoId,
  type,
  id,
  time,
  value,
  viewerId,
  channelId,
  attributes,
  source,
}: AvroEvent): Event {
  const what = { tenant, videoId, type, id, timeMs: time, valueThousandths: value }
  return { ...what, viewerId, channelId, attributes, source }
}
