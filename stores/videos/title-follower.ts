// Applies what the topic of videos holds and nobody has applied: changes of a process that ended half-way or is of an
// earlier release, and everything, when the tables are new. One process at a time does so; the others watch how far it
// has come.
import type { Clock } from '../../lib/clock.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import { withDeadline } from '../log/deadline.ts'
import type { KafkaClient, KafkaRecord } from '../log/kafka/kafka-client.ts'
import { VIDEOS_PARTITION } from '../log/kafka/topics.ts'
import { LogError } from '../log/log.ts'
import { applyChange } from './apply-change.ts'
import type { TitleProgress, TitleStore, TitleWrites } from './title-tables.ts'
import { fromRecord } from './video-message.ts'
import type { Change } from './video-store.ts'

export type FollowerOptions = {
  readonly client: Pick<KafkaClient, 'fetch' | 'offsetOf'>
  readonly topic: string
  readonly store: TitleStore
  readonly clock: Clock
  /** Names this process among those that follow. */
  readonly worker: string
  /** Called for each failure; it goes on. */
  readonly onTrouble: (error: unknown) => void
}

const LOOK_MS = 1_000
/** Looks at which a process that failed to apply leaves it to the others. */
const LOOKS_RESTED = 30
/** Of one look at the topic; nothing is waited for. */
export const FETCH_LIMIT = { bytesMax: 256 << 10, waitMs: 0 }
/** Longer than any client's own deadline: only a client that hangs reaches it. */
const FETCH_TIMEOUT_MS = 20_000
/** A claim that could not be released runs out. */
const RELEASE_TIMEOUT_MS = 2_000
/** Videos that are changed at once: counts are written to the same servers. */
const VIDEOS_AT_ONCE = 64

export class TitleFollower {
  readonly #options: FollowerOptions
  #progress: TitleProgress | null = null
  #behind: number | null = null
  /** Where the topic ended when this process first looked at this life: it answers once all before it is applied. */
  #first: { readonly life: number; readonly end: number } | null = null
  #isCurrent = false
  /** The life of which this process may hold the claim. */
  #claimed: number | null = null
  #looksToRest = 0

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** As it was at the last look; null while nothing is known. */
  get progress(): TitleProgress | null {
    return this.#progress
  }

  /** Whether the tables hold all that the topic held when this process began, also if nobody has followed for long. */
  get isCurrent(): boolean {
    return this.#isCurrent
  }

  /** Records of the topic that may not be applied yet; null if the last look failed. */
  get behind(): number | null {
    return this.#behind
  }

  /** Until the signal; then another process may apply at once. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, onTrouble } = this.#options
    while (!signal.aborted) {
      try {
        if (this.#looksToRest === 0) await this.step(signal)
        else {
          await this.look()
          this.#looksToRest--
        }
      } catch (error) {
        if (signal.aborted) break
        onTrouble(error)
      }
      await clock.sleep(LOOK_MS, signal)
    }
    await this.release()
  }

  /** Lets another process apply at once, if the servers can be asked. */
  async release(): Promise<void> {
    const life = this.#claimed
    if (life === null) return
    this.#claimed = null
    const { store, worker, clock, onTrouble } = this.#options
    const { signal } = new AbortController()
    await withDeadline(store.release(life, worker), clock, RELEASE_TIMEOUT_MS, signal).catch(onTrouble)
  }

  /** Learns how far the tables are, and applies what is missing unless another process is doing that. */
  async step(signal: AbortSignal, onProgress: (recordsLeft: number) => void = () => {}): Promise<void> {
    const { store, worker } = this.#options
    let progress = await this.look()
    while (this.#behind !== 0 && !signal.aborted) {
      const { life, appliedTo } = progress
      this.#claimed = life // also if the answer does not come
      if (!(await store.claim(life, worker))) {
        this.#claimed = null
        return
      }
      await this.#applySome(progress, signal).catch((error) => this.#leaveToOthers(error))
      progress = await this.look() // another life may have begun
      onProgress(this.#behind ?? 0)
      if (progress.life === life && progress.appliedTo === appliedTo) return // it is asked again in a moment
    }
  }

  /** It may be this process alone that cannot: one that kept the claim would hold up all. */
  async #leaveToOthers(error: unknown): Promise<never> {
    this.#looksToRest = LOOKS_RESTED
    await this.release()
    throw error
  }

  /** Does not apply anything. */
  async look(): Promise<TitleProgress> {
    try {
      return await this.#look()
    } catch (error) {
      this.#behind = null
      throw error
    }
  }

  async #look(): Promise<TitleProgress> {
    const { client, topic, store, onTrouble } = this.#options
    const known = (await store.progress()) ?? (await this.#begin(0))
    if (known.life !== this.#first?.life) this.#isCurrent = false
    this.#progress = known // also while the topic cannot be asked
    const end = await client.offsetOf(topic, VIDEOS_PARTITION, 'end')
    if (end < known.appliedTo && (await this.#isAnew(known))) {
      await this.#begin(known.life + 1)
      return this.#look()
    }
    const start = await client.offsetOf(topic, VIDEOS_PARTITION, 'start')
    if (start > known.appliedTo) {
      const gone = `changes from ${known.appliedTo} to ${start - 1} have left topic ${topic}`
      onTrouble(new Error(`The ${gone} before they were applied: titles that only they held are missing.`))
      if (known.appliedTo > 0) {
        await this.#begin(known.life + 1) // of what is removed now nothing tells
        return this.#look()
      }
    }
    const progress = { ...known, appliedTo: Math.max(known.appliedTo, start) }
    if (progress.isWhole || progress.appliedTo < end) return this.#see(progress, end)
    await store.noteWhole(progress.life)
    return this.#see({ ...progress, isWhole: true }, end)
  }

  #see(progress: TitleProgress, end: number): TitleProgress {
    const { life, appliedTo, isWhole } = progress
    if (this.#first?.life !== life) this.#first = { life, end }
    this.#isCurrent ||= isWhole && appliedTo >= this.#first.end
    this.#progress = progress
    this.#behind = Math.max(0, end - progress.appliedTo)
    return progress
  }

  async #begin(life: number): Promise<TitleProgress> {
    await this.#options.store.begin(life)
    return { life, appliedTo: 0, isWhole: false }
  }

  /** A leader may seem to be behind for a moment; only one that has no such offset holds another topic. */
  async #isAnew({ appliedTo }: TitleProgress): Promise<boolean> {
    try {
      await this.#options.client.fetch(this.#options.topic, VIDEOS_PARTITION, appliedTo, FETCH_LIMIT)
      return false
    } catch (error) {
      if (error instanceof LogError && error.code === 'offset_out_of_range') return true
      throw error
    }
  }

  /** The mark moves when all before it is applied. */
  async #applySome(progress: TitleProgress, signal: AbortSignal): Promise<void> {
    const { client, topic, store, clock, onTrouble } = this.#options
    const { life } = progress
    const fetching = client.fetch(topic, VIDEOS_PARTITION, progress.appliedTo, FETCH_LIMIT)
    const { records, nextOffset, endOffset } = await withDeadline(fetching, clock, FETCH_TIMEOUT_MS, signal)
    const changes = records.flatMap((record) => changeOf(record) ?? [])
    if (changes.length < records.length)
      onTrouble(new Error(`Topic ${topic} holds records that are not ours: they are skipped.`))
    await applyAll(store.of(life).writes, changes)
    await store.note(life, nextOffset)
    const isWhole = progress.isWhole || nextOffset >= endOffset
    if (isWhole && !progress.isWhole) await store.noteWhole(life)
    this.#see({ life, appliedTo: nextOffset, isWhole }, endOffset)
  }
}

/**
 * Whoever follows makes all tables again from the start of the topic, under keys that nothing was written to. Until
 * it is done no process answers.
 */
export async function beginAnew(store: Pick<TitleStore, 'progress' | 'begin'>): Promise<void> {
  const known = await store.progress()
  await store.begin(known === null ? 0 : known.life + 1)
}

export type Placed = { readonly change: Change; readonly offset: number }

/** Runs a task when there is room for it. */
export type UseSlot = (tenant: string, task: () => Promise<void>) => Promise<void>

/**
 * Those of a video one after the other.
 * @param use for what shares its room with others
 * @param signal after it nothing more is begun
 */
export async function applyAll(
  tables: TitleWrites,
  changes: readonly Placed[],
  use: UseSlot = (_tenant, task) => task(),
  signal?: AbortSignal,
): Promise<void> {
  const videos = Map.groupBy(changes, ({ change: { tenant, videoId } }) => `${tenant}\t${videoId}`)
  await mapBounded(Array.from(videos.values()), VIDEOS_AT_ONCE, (ofVideo) =>
    use(ofVideo[0]!.change.tenant, async () => {
      for (const { change, offset } of ofVideo) {
        signal?.throwIfAborted()
        await applyChange(tables, change, offset)
      }
    }),
  )
}

/** Null for a foreign record. */
export function changeOf(record: KafkaRecord): Placed | null {
  const change = fromRecord(record)
  return change === null ? null : { change, offset: record.offset }
}
