// Acts of privacy in the journal: what was requested, by whom, and how far it has been carried out. An entry is
// rewritten whenever that changes.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS, minuteOf, type Series } from '../../../model/bucket.ts'
import { seriesText } from '../../../model/series-text.ts'
import type { Journal, JournalEntry } from '../../../stores/counts/journal.ts'

export type ActName = 'forget-viewer' | 'remove-video'

export type Act = {
  readonly id: string
  readonly act: ActName
  readonly tenant: string
  /** The id of a video; of a viewer only the SHA-256 of the id, in hex. */
  readonly subject: string
  /** A name of the admin's key; null where keys are off. */
  readonly by: string | null
  readonly askedMs: number
  /** For a video, everything before this minute is removed: the minute after the one of the request. */
  readonly beforeMinute: number
  /** Raw events that were rewritten or removed, except those of a rewrite that was killed. */
  readonly events: number
  /** When the act was completed; null until then. */
  readonly doneMs: number | null
  readonly titleRemoved: boolean
  /** Whether the first pass over the archive is done. */
  readonly rewritten: boolean
  /**
   * Offsets of the sources up to which they hold everything that happened before the act: known when its minute is
   * closed, null until then.
   */
  readonly ends: Readonly<Record<string, number>> | null
}

/** A video's events before this minute do not count any more, whenever they arrive; -Infinity if all count. */
export type Removals = {
  (video: Pick<Series, 'tenant' | 'videoId'>): number
  /** All of them; missing if there are none. */
  readonly all?: readonly Removal[]
}

type Removal = Pick<Series, 'tenant' | 'videoId'> & { readonly beforeMinute: number }

const BOOK = 'privacy'
const PAGE_ACTS = 500
/** The clocks of processes that accept acts differ by less than this. */
const CLOCK_SLACK_MS = 3_600_000

/** All calls fail with the errors of the journal. */
export class Acts {
  readonly #journal: Journal
  readonly #clock: Pick<Clock, 'nowMs'>
  #lastMs = 0
  /** Writes every act before it is carried out. */
  #doneBeforeMs = 0

  constructor(journal: Journal, clock: Pick<Clock, 'nowMs'>) {
    this.#journal = journal
    this.#clock = clock
  }

  async begin(act: ActName, tenant: string, subject: string, by: string | null): Promise<Act> {
    this.#lastMs = Math.max(this.#clock.nowMs(), this.#lastMs + 1)
    const begun: Act = {
      ...{ id: randomUUID(), act, tenant, subject, by },
      askedMs: this.#lastMs,
      beforeMinute: minuteOf(this.#lastMs) + 1,
      events: 0,
      doneMs: null,
      titleRemoved: false,
      rewritten: false,
      ends: null,
    }
    await this.keep(begun)
    return begun
  }

  keep(act: Act): Promise<void> {
    return this.#journal.append(BOOK, { atMs: act.askedMs, key: act.id, body: act })
  }

  /** Newest first. */
  async latest(limit: number, beforeMs?: number): Promise<readonly Act[]> {
    return (await this.#journal.latest(BOOK, limit, beforeMs)).map(actOf)
  }

  /** The acts that are not completed, oldest first. */
  async pending(): Promise<readonly Act[]> {
    const nowMs = this.#clock.nowMs()
    const found: Act[] = []
    for await (const act of this.#since(this.#doneBeforeMs)) if (act.doneMs === null) found.push(act)
    this.#doneBeforeMs = Math.min(nowMs, found.at(-1)?.askedMs ?? nowMs) - CLOCK_SLACK_MS
    return found.reverse()
  }

  /** Removals that affect minutes from `fromMinute` on. */
  async removals(fromMinute: number): Promise<Removals> {
    const before = new Map<string, Removal>()
    for await (const { act, tenant, subject: videoId, beforeMinute } of this.#since(fromMinute * MINUTE_MS)) {
      const video = videoText({ tenant, videoId })
      if (act === 'remove-video' && !before.has(video)) before.set(video, { tenant, videoId, beforeMinute })
    }
    const removedBefore = (video: Pick<Series, 'tenant' | 'videoId'>) =>
      before.get(videoText(video))?.beforeMinute ?? Number.NEGATIVE_INFINITY
    return Object.assign(removedBefore, { all: Array.from(before.values()) })
  }

  /** Newest first. */
  async *#since(fromMs: number): AsyncGenerator<Act> {
    for (let beforeMs: number | undefined; ; ) {
      const page = await this.latest(PAGE_ACTS, beforeMs)
      for (const act of page) {
        if (act.askedMs < fromMs) return
        yield act
      }
      if (page.length < PAGE_ACTS) return
      beforeMs = page.at(-1)!.askedMs
    }
  }
}

function actOf({ body }: JournalEntry): Act {
  return body as Act
}

function videoText({ tenant, videoId }: Pick<Series, 'tenant' | 'videoId'>): string {
  return seriesText({ tenant, videoId, type: '' })
}
