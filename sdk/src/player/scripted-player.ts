// A media element in a page, both of them played by a script, for tests: time passes only in `run`, which keeps the
// truth about what was watched.
import type { Page } from './page.ts'
import { PlaySessions, type Storage } from './play-session.ts'
import { type MediaLike, type PlayerEvent, type PlayerOptions, trackMedia } from './track-media.ts'

/** Time passes in steps of this length. */
const STEP_MS = 10
/** How often a media element tells its time by itself. */
const TIMEUPDATE_MS = 250
/** Well after the helper's first look, and at no multiple of its period. */
const EPOCH_MS = Date.UTC(2026, 10, 21, 12, 0, 30)

type Timer = { readonly call: () => void; readonly everyMs: number; dueMs: number }

class Listeners {
  readonly #byType = new Map<string, Set<(event: { readonly type: string }) => void>>()

  readonly addEventListener = (type: string, listener: (event: { readonly type: string }) => void) => {
    const listeners = this.#byType.get(type) ?? new Set()
    this.#byType.set(type, listeners.add(listener))
  }

  readonly removeEventListener = (type: string, listener: (event: { readonly type: string }) => void) => {
    this.#byType.get(type)?.delete(listener)
  }

  dispatch(type: string): void {
    for (const listener of [...(this.#byType.get(type) ?? [])]) listener({ type })
  }

  get size(): number {
    return [...this.#byType.values()].reduce((sum, { size }) => sum + size, 0)
  }
}

/** What the storage of a tab does. */
export class MemoryStorage implements Storage {
  readonly items = new Map<string, string>()
  getItem = (key: string) => this.items.get(key) ?? null
  setItem = (key: string, value: string) => void this.items.set(key, value)
}

export class ScriptedPlayer implements MediaLike {
  // The media element.
  currentTime = 0
  duration = 60
  paused = true
  seeking = false
  playbackRate = 1
  autoplay = false
  readyState = 4
  currentSrc = 'a.webm'
  loop = false
  // What the script decides.
  isStalled = false
  isHidden = false
  /** The truth, by the clock of the script. */
  watchedMs = 0
  nowMs = 1_000
  readonly events: PlayerEvent[] = []
  readonly #media = new Listeners()
  readonly #window = new Listeners()
  readonly #timers = new Set<Timer>()
  #sinceUpdateMs = 0
  #ids = 0

  readonly addEventListener = this.#media.addEventListener
  readonly removeEventListener = this.#media.removeEventListener
  readonly page: Page

  /** `storage`: of the tab. `name`: of the page, whose ids begin with it. */
  constructor(storage: Storage | null = new MemoryStorage(), name = 'page') {
    const sessions = new PlaySessions(storage, () => `${name}-${++this.#ids}`)
    this.page = {
      window: this.#window,
      isHidden: () => this.isHidden,
      nowMs: () => this.nowMs,
      epochMs: () => EPOCH_MS + this.nowMs,
      every: (everyMs, call) => {
        const timer = { call, everyMs, dueMs: this.nowMs + everyMs }
        this.#timers.add(timer)
        return () => void this.#timers.delete(timer)
      },
      sessions: () => sessions,
    }
  }

  follow(options: Partial<PlayerOptions> = {}) {
    const tally = { track: (event: PlayerEvent) => void this.events.push(event) }
    return trackMedia(this, { tally, videoId: 'cat-1', ...options }, undefined, this.page)
  }

  /** Listeners and timers that someone still has. */
  get held(): number {
    return this.#media.size + this.#window.size + this.#timers.size
  }

  fire(...types: readonly string[]): this {
    for (const type of types) this.#media.dispatch(type)
    return this
  }

  play(): this {
    this.paused = false
    return this.fire('play', 'playing')
  }

  pause(): this {
    this.paused = true
    return this.fire('timeupdate', 'pause')
  }

  seek(positionS: number, takesMs = 0): this {
    this.currentTime = positionS
    this.seeking = true
    this.fire('seeking')
    this.run(takesMs)
    this.seeking = false
    return this.fire('timeupdate', 'seeked')
  }

  stall(ms: number): this {
    this.isStalled = true
    this.fire('waiting').run(ms)
    this.isStalled = false
    return this.fire('playing')
  }

  rate(rate: number): this {
    this.playbackRate = rate
    return this.fire('ratechange')
  }

  load(src = this.currentSrc): this {
    Object.assign(this, { currentTime: 0, paused: true, seeking: false, duration: Number.NaN })
    this.fire('emptied')
    Object.assign(this, { currentSrc: src, duration: 60 })
    return this.fire('loadstart')
  }

  hide(isHidden = true): this {
    this.isHidden = isHidden
    this.#window.dispatch('visibilitychange')
    return this
  }

  leave(): this {
    this.#window.dispatch('pagehide')
    return this
  }

  /** The machine sleeps: no code runs. `movesOn`: the playhead is by the clock afterwards, as of some live streams. */
  sleep(ms: number, movesOn = false): this {
    this.nowMs += ms
    if (movesOn) this.currentTime += (ms / 1_000) * this.playbackRate
    return this
  }

  run(ms: number): this {
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) this.#pass(Math.min(leftMs, STEP_MS))
    return this
  }

  #pass(ms: number): void {
    this.nowMs += ms
    if (!this.paused && !this.isStalled && !this.seeking) this.#move(ms)
    for (const timer of [...this.#timers]) {
      if (timer.dueMs > this.nowMs) continue
      timer.dueMs = this.nowMs + timer.everyMs
      timer.call()
    }
  }

  #move(ms: number): void {
    const leftS = (this.duration || Number.POSITIVE_INFINITY) - this.currentTime
    const wayS = Math.min((ms / 1_000) * this.playbackRate, leftS)
    this.watchedMs += (wayS / this.playbackRate) * 1_000
    this.currentTime += wayS
    this.#sinceUpdateMs += ms
    if (this.#sinceUpdateMs >= TIMEUPDATE_MS) {
      this.#sinceUpdateMs = 0
      this.fire('timeupdate')
    }
    if (!(this.currentTime >= this.duration)) return
    if (this.loop) this.seek(0)
    else {
      this.paused = true
      this.fire('timeupdate', 'pause', 'ended')
    }
  }

  types(): string[] {
    return this.events.map(({ type }) => type)
  }

  /** The sum of the values of a type; a count is `values(type).length`. */
  sum(type: string): number {
    return this.values(type).reduce((sum, value) => sum + value, 0)
  }

  values(type: string): number[] {
    return this.events.flatMap((event) => (event.type === type ? [event.value ?? Number.NaN] : []))
  }
}
