// Whether a record was written by a later release. Such a record must wait for that release: what is passed over now
// would be missing for good. Pure.
import { RECORD_MAGIC, RECORD_VERSION } from './framing.ts'
import { EVENT_FAULTS, type EventColumns, type RecordFault } from './scan-record.ts'

const UNKNOWN_SCHEMA = EVENT_FAULTS.indexOf('unknown_schema')

/**
 * What this release does not know of a scanned record: the version of its framing, or the schema of an event; null if
 * it knows all.
 * @param fault what the scan of the record has returned
 */
export function newerFormat(
  bytes: Uint8Array,
  fault: RecordFault | null,
  { fault: faults, count }: Pick<EventColumns, 'fault' | 'count'>,
): string | null {
  if (fault !== null) {
    const isNewer =
      fault === 'unknown_record_version' && bytes[0] === RECORD_MAGIC && bytes[1]! > RECORD_VERSION
    return isNewer ? `version ${bytes[1]} of records` : null
  }
  const at = faults.indexOf(UNKNOWN_SCHEMA) // beyond `count` are faults of earlier records
  return at >= 0 && at < count ? 'the schema of an event' : null
}
