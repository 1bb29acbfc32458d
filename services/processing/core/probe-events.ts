// Finds the probe's events in a record, so that the ledger can separate them from users' events. Most records hold
// none, and for these it costs a comparison of two numbers per event.

import { PROBE_SERIES } from '../../../model/probe.ts'
import type { EventColumns } from '../../../schemas/scan-record.ts'
import { lengthAt, prefixBytes } from '../../../schemas/varint.ts'

/** Encoded as in a key: a length, as a zigzag number, then the text. */
const encoded = (text: string) => Buffer.from([text.length << 1, ...Buffer.from(text)])

const TYPE = encoded(PROBE_SERIES.type)
const VIDEO = encoded(PROBE_SERIES.videoId)

/** The end of a run of events that are all of the probe, or none of them. */
export type Run = { readonly isProbe: boolean; readonly to: number }

/** The run that begins with event `from`, which must exist. */
export function runFrom(columns: EventColumns, from: number): Run {
  const isProbe = isProbeAt(columns, from)
  let to = from + 1
  while (to < columns.count && isProbeAt(columns, to) === isProbe) to++
  return { isProbe, to }
}

function isProbeAt({ bytes, fault, keyStart, videoEnd, keyEnd }: EventColumns, i: number): boolean {
  if (keyEnd[i]! - videoEnd[i]! !== TYPE.length || fault[i] !== 0) return false
  if (!holds(bytes, videoEnd[i]!, TYPE)) return false
  const tenantLength = lengthAt(bytes, keyStart[i]!, videoEnd[i]!)
  const tenantEnd = keyStart[i]! + prefixBytes(tenantLength) + tenantLength
  return videoEnd[i]! - tenantEnd === VIDEO.length && holds(bytes, tenantEnd, VIDEO)
}

function holds(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}
