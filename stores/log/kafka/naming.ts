// How a deployment names events, as an entry of the meta topic. Every owner of a source must hash names under the same
// key, and every front door must take sources from the same time on, so of several entries the first counts, whoever
// wrote it; all stay in the topic, because each has a key of its own there.

import type { Clock } from '../../../lib/clock.ts'
import { NameKey } from '../../../model/name-key.ts'
import { type Naming, SOURCES_LEAD_MS, sourcesFrom } from '../../../model/naming.ts'
import { LogError } from '../log.ts'
import { knowsSourcesFromBirth } from './identity.ts'
import type { KafkaClient } from './kafka-client.ts'
import { type MetaEntry, readMeta, writeMeta } from './meta.ts'
import { metaTopicOf } from './topics.ts'

export type NamingOptions = {
  readonly client: Pick<KafkaClient, 'produce' | 'fetch' | 'offsetOf'>
  /** The first part of every topic's name. */
  readonly prefix: string
  /** 16 random bytes. */
  readonly newKey: () => Uint8Array
  /** A word that no other proposal has. */
  readonly newProposalId: () => string
  readonly clock: Pick<Clock, 'nowMs'>
  /** See sourcesFrom. */
  readonly sourcesLeadMs?: number
}

/** The first version with keys kept sources already, and wrote `bytes` alone. */
type NamingEntry = { readonly bytes: string; readonly sourcesFromMs?: number }

const KIND = 'namekey'

/**
 * The deployment's naming; made where there is none, be it that the log is new or older than keys and sources. Fails
 * with LogError: `unavailable` (try again), `corrupt` where the entry is none.
 */
export async function openNaming(options: NamingOptions): Promise<Naming> {
  const { client, prefix, newKey, newProposalId, clock, sourcesLeadMs = SOURCES_LEAD_MS } = options
  const topic = metaTopicOf(prefix)
  const entries = await readMeta(client, topic)
  const known = namingIn(entries)
  if (known !== null) return known
  const bytes = Buffer.from(newKey()).toString('base64')
  const sourcesFromMs = knowsSourcesFromBirth(entries) ? 0 : sourcesFrom(clock.nowMs(), sourcesLeadMs)
  const entry: NamingEntry = { bytes, sourcesFromMs }
  await writeMeta(client, topic, KIND, newProposalId(), entry)
  // What stands before an entry that was acknowledged is seen by all who see the entry.
  const agreed = namingIn(await readMeta(client, topic))
  if (agreed === null) throw new LogError('unavailable', `Topic ${topic} does not show the name key yet.`)
  return agreed
}

/** The naming that all who read these entries use, or null where there is none. */
function namingIn(entries: readonly MetaEntry[]): Naming | null {
  const first = entries.find(({ kind }) => kind === KIND)
  if (first === undefined) return null
  const { bytes, sourcesFromMs = 0 } = (first.value ?? {}) as Partial<NamingEntry>
  try {
    if (!Number.isSafeInteger(sourcesFromMs)) throw new RangeError('sourcesFromMs must be a whole number.')
    return { key: new NameKey(Buffer.from(bytes ?? '', 'base64')), sourcesFromMs }
  } catch (cause) {
    const advice = 'Restore the topic; without the key no source can be counted.'
    throw new LogError('corrupt', `The meta topic holds a name key that is none. ${advice}`, { cause })
  }
}
