// Makes the log anew: an empty one with the key of names, the newest layout, titles, and dead letters. Its incarnation
// is new, because no topic can begin at the offsets of another, and is declared last. Each step may be repeated after a
// kill.
import { hash, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { partitionsNeeded } from '../../../model/validate-layouts.ts'
import { letterId } from '../../../services/partitioner/dead-letters/letter.ts'
import type { JournalEntry } from '../../../stores/counts/journal.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import { fromJson } from '../../../stores/layouts/layout-form.ts'
import { createTopics } from '../../../stores/log/kafka/create-topics.ts'
import { currentIdentity, filledIncarnation } from '../../../stores/log/kafka/identity.ts'
import { LEAD_MS } from '../../../stores/log/kafka/kafka-layouts.ts'
import { KafkaLog } from '../../../stores/log/kafka/kafka-log.ts'
import { readMeta, writeMeta } from '../../../stores/log/kafka/meta.ts'
import {
  compactedSpec,
  metaTopicOf,
  VIDEOS_PARTITION,
  videosTopicOf,
} from '../../../stores/log/kafka/topics.ts'
import { LANES } from '../../../stores/log/lanes.ts'
import { LogError, type Source } from '../../../stores/log/log.ts'
import { again } from '../../backup/cluster/again.ts'
import type { LetterRow, MessageRow, State } from '../../backup/cluster/contents.ts'
import { titleRows } from '../../backup/cluster/rows.ts'
import type { ClusterBackup } from './backup.ts'
import { foreign } from './check-stores.ts'
import type { NewCluster, NewStores } from './cluster.ts'

const INCARNATION_DIGITS = 8
/** So that they fit into a message set of Kafka. */
const MESSAGES_A_CALL_MAX = 100

/** Of the log that this restore makes: the same whenever it is run again. 8 hex digits. */
export function incarnationOf({ restoreOf, begunMs }: Rebuild): string {
  return hash('sha256', `${restoreOf} ${begunMs}`).slice(0, INCARNATION_DIGITS)
}

/** First of all: it tells whose topics these are. Fails with LogError, and with a Fault where they are another's. */
export async function putNameKey(
  cluster: NewCluster,
  { nameKey }: State,
  incarnation: string,
  clock: Clock,
): Promise<void> {
  const { client, prefix, topics } = cluster
  const meta = metaTopicOf(prefix)
  await client.createTopic(compactedSpec(meta, { ...topics, partitions: 1 }))
  const found = () => entryOf(cluster, 'namekey', clock)
  if ((await found()) === undefined) await writeMeta(client, meta, 'namekey', randomUUID(), nameKey)
  if (!isDeepStrictEqual((await found())?.value, nameKey)) throw foreign('a key of names')
  // So that nobody else makes topics of another incarnation meanwhile, and services say what is to be done.
  const entries = await again(clock, () => readMeta(client, meta))
  if (currentIdentity(entries) !== null || filledIncarnation(entries) === incarnation) return
  await writeMeta(client, meta, 'restore', randomUUID(), { incarnation })
}

/**
 * Nobody can take or count anything before the incarnation is declared, which is the last that is done.
 * @param put writes what is in the log, and checks that nothing else is anywhere. If the incarnation is declared, that
 * was done.
 * Fails with LogError, and with a Fault.
 */
export async function putTopics(
  cluster: NewCluster,
  state: State,
  incarnation: string,
  clock: Clock,
  put: () => Promise<void>,
): Promise<void> {
  const { client, prefix, topics } = cluster
  const layout = state.layout === null ? null : { ...fromJson(state.layout), fromMinute: 0 }
  const partitions = Math.max(state.partitions, layout === null ? 1 : partitionsNeeded([layout]))
  const made = await createTopics({
    ...{ ...topics, client, clock, prefix, partitions },
    newIncarnation: () => incarnation,
    async beforeDeclared() {
      await putLayout(cluster, state, clock)
      await put()
    },
  })
  if (made.incarnation !== incarnation) throw foreign('another log')
}

async function putLayout(cluster: NewCluster, { layout }: State, clock: Clock): Promise<void> {
  const { client, prefix } = cluster
  const meta = metaTopicOf(prefix)
  const has = async (kind: string) => (await entryOf(cluster, kind, clock)) !== undefined
  if (!(await has('lead')))
    await writeMeta(client, meta, 'lead', randomUUID(), { leadMs: LEAD_MS, atOnce: true })
  if (layout === null || (await has('layout'))) return
  const entry = { ...layout, fromMinute: 0 } // the first layout holds at once
  await writeMeta(client, meta, 'layout', `${entry.version}-${randomUUID()}`, entry)
}

async function entryOf({ client, prefix }: NewCluster, wanted: string, clock: Clock) {
  const entries = await again(clock, () => readMeta(client, metaTopicOf(prefix)))
  return entries.find(({ kind }) => kind === wanted)
}

/**
 * Writing them again is harmless: the last message of each key stays. Fails with a Fault where somebody else has put
 * some.
 */
export async function putTitles(
  cluster: Pick<NewCluster, 'client' | 'prefix'>,
  backup: ClusterBackup,
  clock: Clock,
): Promise<void> {
  const place = [videosTopicOf(cluster.prefix), VIDEOS_PARTITION] as const
  const own = new Set<string>()
  for await (const rows of backup.rows<MessageRow>('titles')) for (const row of rows) own.add(textOf(row))
  for await (const rows of titleRows(cluster, clock)) {
    if (!rows.every((row) => own.has(textOf(row)))) throw foreign(`a title or an annotation in ${place[0]}`)
  }
  for await (const rows of backup.rows<MessageRow>('titles')) {
    const messages = rows.map(({ key, value }) => ({
      key: Buffer.from(key, 'base64'),
      value: value === null ? null : Buffer.from(value, 'base64'),
    }))
    for (let at = 0; at < messages.length; at += MESSAGES_A_CALL_MAX) {
      const some = messages.slice(at, at + MESSAGES_A_CALL_MAX)
      await again(clock, () => cluster.client.produce(...place, some))
    }
  }
}

function textOf({ key, value }: MessageRow): string {
  return JSON.stringify([key, value])
}

/**
 * A letter has a new name, by its place in the new lane, and what was done about it is noted under it. Those that are
 * there must be the first of the backup. Fails with a Fault where they are not.
 */
export async function putLetters(
  { client, prefix }: Pick<NewCluster, 'client' | 'prefix'>,
  journal: NewStores['journal'],
  backup: ClusterBackup,
  incarnation: string,
  clock: Clock,
): Promise<void> {
  const identity = { incarnation, partitions: 1, lanes: LANES }
  const log = new KafkaLog({ client, clock, prefix }, identity, new Map([['events-dead', 1]]))
  try {
    const [source] = await again(clock, () => log.sources('events-dead'))
    const { startOffset, endOffset: there } = await again(clock, () => log.bounds(source!))
    if (startOffset > 0) throw foreign('a dead lane of which letters are gone')
    let next = 0
    for await (const rows of backup.rows<LetterRow>('letters')) {
      for (const { bytes, act } of rows) {
        const offset = next++
        const key = letterId({ sourceId: source!.id, offset })
        if (act !== null) await putAct(journal, { ...act, key }, clock)
        const letter = Buffer.from(bytes, 'base64')
        if (offset < there) {
          if (!letter.equals(await letterAt(log, source!, offset, clock)))
            throw foreign(`the dead letter ${key}`)
          continue
        }
        const appended = await log.append('events-dead', 0, letter)
        if (appended.offset !== offset) throw twice(prefix)
      }
    }
    if (next < there) throw foreign(`the dead letter ${letterId({ sourceId: source!.id, offset: next })}`)
  } finally {
    log.close()
  }
}

async function putAct(journal: NewStores['journal'], act: JournalEntry, clock: Clock): Promise<void> {
  const there = await again(clock, () => journal.find('dead-letters', act.key))
  if (there !== null && !isDeepStrictEqual(there, act)) throw foreign(`an act on the dead letter ${act.key}`)
  await again(clock, () => journal.append('dead-letters', act))
}

function letterAt(log: KafkaLog, source: Source, offset: number, clock: Clock): Promise<Uint8Array> {
  return again(clock, async () => {
    const { records } = await log.read(source, offset, { bytesMax: 1, waitMs: 0 })
    const [record] = records
    if (record?.offset !== offset) throw new LogError('unavailable', `${source.id} does not show all of it.`)
    return record.bytes
  })
}

/** After a request whose outcome was not known. */
function twice(prefix: string): Fault {
  return new Fault(
    `Kafka has taken a dead letter twice into the topics ${prefix}.*: set KAFKA_PREFIX to another one, and run the ` +
      'restore again, which goes on.',
  )
}
