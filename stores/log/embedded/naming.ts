// How the embedded log comes to its naming: a new log has a key from its birth on, and all its events have their
// sources; one that is older than that gets both entries at once, so that neither is ever there without the other.
import { randomBytes } from 'node:crypto'
import { type Naming, SOURCES_LEAD_MS, sourcesFrom } from '../../../model/naming.ts'
import { SIP_HASH_KEY_BYTES } from '../../../model/sip-hash.ts'
import { bytesValue, numbersValue } from '../../disk/checked-value.ts'
import type { Operation } from '../../disk/level-database.ts'
import type { Partition } from './partition.ts'
import type { RecordStore } from './record-store.ts'
import { NAME_KEY_KEY, SOURCES_FROM_KEY } from './records.ts'

/** Part of a log's birth. */
export function nameKeyEntry(): Operation {
  const value = bytesValue(NAME_KEY_KEY, randomBytes(SIP_HASH_KEY_BYTES))
  return { type: 'put', key: NAME_KEY_KEY, value }
}

/** For a log that has no key yet. The clock that it was written by may have been ahead of this one. */
export async function makeNaming(
  store: RecordStore,
  partitions: readonly Partition[],
  nowMs: number,
): Promise<Naming> {
  const latestMs = partitions.reduce((latest, { end }) => Math.max(latest, end.logTimeMs), nowMs)
  const value = numbersValue(SOURCES_FROM_KEY, [sourcesFrom(latestMs, SOURCES_LEAD_MS)])
  await store.write([nameKeyEntry(), { type: 'put', key: SOURCES_FROM_KEY, value }])
  return (await store.naming())!
}
