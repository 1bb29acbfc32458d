// The deployment's key of fingerprints, as an entry of the meta topic. Every owner of a source must use the same key,
// so of several entries the first one is used, whoever wrote it; all stay in the topic, because each has its own
// message key.
import { NameKey } from '../../../model/name-key.ts'
import { LogError } from '../log.ts'
import type { KafkaClient } from './kafka-client.ts'
import { type MetaEntry, readMeta, writeMeta } from './meta.ts'
import { metaTopicOf } from './topics.ts'

export type NameKeyOptions = {
  readonly client: Pick<KafkaClient, 'produce' | 'fetch' | 'offsetOf'>
  /** The first part of every topic's name. */
  readonly prefix: string
  /** 16 random bytes. */
  readonly newKey: () => Uint8Array
  /** A word that no other proposal has. */
  readonly newProposalId: () => string
}

type NameKeyEntry = { readonly bytes: string }

const KIND = 'namekey'

/**
 * The deployment's key; made if there is none, because the log is new or of a release without keys. Fails with
 * LogError: `unavailable` (try again), `corrupt` if the entry is not a key.
 */
export async function openNameKey(options: NameKeyOptions): Promise<NameKey> {
  const { client, prefix, newKey, newProposalId } = options
  const topic = metaTopicOf(prefix)
  const known = nameKeyIn(await readMeta(client, topic))
  if (known !== null) return known
  const entry: NameKeyEntry = { bytes: Buffer.from(newKey()).toString('base64') }
  await writeMeta(client, topic, KIND, newProposalId(), entry)
  // Every process that sees an acknowledged entry also sees the entries before it.
  const agreed = nameKeyIn(await readMeta(client, topic))
  if (agreed === null) throw new LogError('unavailable', `Topic ${topic} does not show the name key yet.`)
  return agreed
}

/** The key that all readers of these entries use, or null if there is none. */
function nameKeyIn(entries: readonly MetaEntry[]): NameKey | null {
  const first = entries.find(({ kind }) => kind === KIND)
  if (first === undefined) return null
  const { bytes } = (first.value ?? {}) as Partial<NameKeyEntry>
  try {
    return new NameKey(Buffer.from(bytes ?? '', 'base64'))
  } catch (cause) {
    const advice = 'Restore the topic; without the key no source can be counted.'
    throw new LogError('corrupt', `The meta topic holds an invalid name key. ${advice}`, { cause })
  }
}
