// The play session: what makes a view of a reloaded page the same view.
//
// A play is the first, second … time that a page starts a video. Its id lives in the storage of the tab, so the page
// that comes after a reload finds it, as long as the video was played less than half an hour ago. An event that a play
// has once is named by that id, and keeps the time at which it first happened: a second one is a copy to the server,
// which names events by video, type, minute and id.

export type Storage = {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

type Play = {
  readonly key: string
  readonly id: string
  lastMs: number
  /** When each of its events happened first, by type. */
  readonly times: Record<string, number>
}

/** The version is in the key, so that an older page's record is never misread. */
export const STORAGE_KEY = 'tally-plays-1'
export const IDLE_MS = 30 * 60_000
/** Of the tab; the one that was played longest ago is forgotten. */
export const PLAYS_MAX = 50

export class PlaySessions {
  readonly #storage: Storage | null
  readonly #newId: () => string
  readonly #ordinals = new Map<string, number>()
  /** In place of a storage that is refused. */
  #text: string | null = null

  /** Without a storage, a reload is a new session. */
  constructor(storage: Storage | null, newId: () => string) {
    this.#storage = storage
    this.#newId = newId
  }

  /** The key of a play that starts now in this page. */
  start(videoId: string): string {
    const ordinal = (this.#ordinals.get(videoId) ?? 0) + 1
    this.#ordinals.set(videoId, ordinal)
    return `${ordinal} ${videoId}`
  }

  /**
   * The play goes on. With a `type`, the id and time of the play's only event of that type: `timeMs`, if it is the
   * first. `nowMs` is of the machine's clock, which is the same before and after a reload, right or wrong.
   */
  once(
    key: string,
    nowMs: number,
    type?: string,
    timeMs = nowMs,
  ): { readonly id: string; readonly time: number } {
    const plays = this.#read().filter(({ lastMs }) => nowMs - lastMs < IDLE_MS)
    const play = plays.find((one) => one.key === key) ?? { key, id: this.#newId(), lastMs: nowMs, times: {} }
    play.lastMs = nowMs
    const time = play.times[type ?? ''] ?? timeMs
    if (type !== undefined) play.times[type] = time
    this.#write([...plays.filter((one) => one !== play), play].slice(-PLAYS_MAX))
    return { id: play.id, time }
  }

  #read(): Play[] {
    try {
      const plays: Play[] = JSON.parse(this.#storage?.getItem(STORAGE_KEY) ?? this.#text ?? '[]')
      return plays.filter((play) => play?.times)
    } catch {
      return [] // not ours, or the storage is refused
    }
  }

  #write(plays: readonly Play[]): void {
    this.#text = JSON.stringify(plays)
    try {
      this.#storage?.setItem(STORAGE_KEY, this.#text)
    } catch {
      // full or refused: this page remembers, and the next one begins anew
    }
  }
}
