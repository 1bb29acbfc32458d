// The edge of the player helper: takes moments of a media element and hands what they mean to a client.

import { browserPage, type Page } from './page.ts'
import { beginPlayback, type Measured, type Moment, type Playback, step } from './playback.ts'

/** What is needed of a media element; players that hide theirs are made to look like one. */
export type MediaLike = {
  readonly currentTime: number
  readonly duration: number
  readonly paused: boolean
  readonly seeking: boolean
  readonly playbackRate: number
  readonly autoplay?: boolean
  /** 4: enough is loaded to play to the end. */
  readonly readyState?: number
  readonly currentSrc?: string
  addEventListener(type: string, listener: (event: { readonly type: string }) => void): void
  removeEventListener(type: string, listener: (event: { readonly type: string }) => void): void
}

/** An event as `track` and `processEvents` of a client take it. */
export type PlayerEvent = {
  readonly videoId: string
  readonly type: string
  readonly id?: string
  /** Epoch milliseconds. */
  readonly time?: number
  readonly value?: number
  readonly viewerId?: string
  readonly channelId?: string
  readonly attributes: Readonly<Record<string, string>>
}

export type PlayerOptions = {
  /**
   * A client. Or anything whose `track` takes an event and does not throw; `nowMs` is the time in epoch milliseconds
   * that views are given, the machine's own where it is missing.
   */
  readonly tally: { track(event: PlayerEvent): unknown; nowMs?(): number }
  /** A function is asked at each media load: for players that play one video after another. */
  readonly videoId: string | (() => string)
  readonly viewerId?: string
  readonly channelId?: string
  /** At most 12: the helper adds up to four of its own. */
  readonly attributes?: Readonly<Record<string, string>>
  /** How much watch time makes a view: 0 to 60,000, default 30,000. */
  readonly viewAfterMs?: number
}

export type PlayerTracker = {
  /** A media load begins. Media elements tell it by themselves, as do the players that have an adapter. */
  load(): void
  /** An advertisement begins or ends, which is not watch time. */
  ad(plays: boolean): void
  /** Reports the rest and lets go of the media element. */
  stop(): void
}

/** What an adapter knows better than the media element of its player. */
export type PlayerTraits = {
  /** The attribute `player`. */
  readonly player: string
  /** The adapter calls `load`: the element loads again where its player merely recovers. */
  readonly callsLoad?: boolean
  isLive?(): boolean
}

const VIEW_AFTER_MS = 30_000
const VIEW_AFTER_MS_MAX = 60_000
const ATTRIBUTES_MAX = 12
/** How often the playhead is looked at while it should move. */
const LOOK_MS = 250
const MEDIA_EVENTS =
  'loadstart emptied error play playing pause seeking seeked waiting timeupdate ratechange ended'.split(' ')
/** After these, there may be no other chance. */
const FLUSHING = ['flush', 'emptied', 'pagehide', 'freeze']
const PAGE_EVENTS = ['visibilitychange', 'pagehide', 'freeze', 'resume']

type Load = { readonly videoId: string; readonly src: string | undefined; play: string; playback: Playback }

/** For a media element that is followed again, as when a component is drawn anew: its load goes on. */
const loads = new WeakMap<MediaLike, Load>()

/**
 * Follows a media element and reports what is watched of it, until `stop`. Throws a RangeError for an option out of
 * range. What is reported, by which rules: see "Player" in README.md.
 */
export function trackMedia(
  media: MediaLike,
  options: PlayerOptions,
  traits: PlayerTraits = { player: 'html5' },
  page: Page = browserPage,
): PlayerTracker {
  const { tally, viewAfterMs = VIEW_AFTER_MS } = options
  checkOptions(options, viewAfterMs)
  const videoId = () => (typeof options.videoId === 'string' ? options.videoId : options.videoId())
  const momentAt = (event?: string) => momentOf(media, traits, page, ad, event)
  const begin = (): Load => ({
    ...{ videoId: videoId(), src: media.currentSrc, play: '' },
    playback: beginPlayback(momentAt()),
  })
  let ad = false
  let failed = false
  let rest: (() => void) | undefined

  const report = (measured: Measured) => {
    const sessions = page.sessions()
    if (measured.type === 'play') load.play = sessions.start(load.videoId)
    const epochMs = page.epochMs()
    const type = isOnce(measured) ? measured.type : undefined
    const name = sessions.once(load.play, epochMs, type, tally.nowMs?.() ?? epochMs)
    tally.track(eventOf(measured, load.videoId, name, options, traits))
  }

  const look = (event?: string) => {
    const moment = momentAt(event)
    const { playback, measured } = step(load.playback, moment, viewAfterMs)
    load.playback = playback
    measured.forEach(report)
    if (!moment.paused || moment.autoplay) rest ??= page.every(LOOK_MS, look)
    else rest = void rest?.()
  }

  const newLoad = () => {
    look('flush')
    load = begin()
    loads.set(media, load)
    failed = false
  }

  const onMedia = ({ type }: { readonly type: string }) => {
    // After an error, the same video is tried again: that is still one load.
    if (type === 'loadstart' && !traits.callsLoad && !(failed && videoId() === load.videoId)) newLoad()
    else look(type)
    if (type !== 'loadstart' && type !== 'emptied') failed = type === 'error' || (failed && media.paused)
  }
  const onPage = ({ type }: { readonly type: string }) => look(type)

  const kept = loads.get(media)
  let load = kept?.src && kept.src === media.currentSrc && kept.videoId === videoId() ? kept : begin()
  loads.set(media, load)
  for (const type of MEDIA_EVENTS) media.addEventListener(type, onMedia)
  for (const type of PAGE_EVENTS) page.window.addEventListener(type, onPage, true)
  look()

  return {
    load: newLoad,
    ad(plays) {
      ad = plays
      look()
    },
    stop() {
      look('flush')
      rest?.()
      for (const type of MEDIA_EVENTS) media.removeEventListener(type, onMedia)
      for (const type of PAGE_EVENTS) page.window.removeEventListener(type, onPage, true)
    },
  }
}

/** `event`: the name of what gave reason to look. */
function momentOf(media: MediaLike, traits: PlayerTraits, page: Page, ad: boolean, event = ''): Moment {
  return {
    nowMs: page.nowMs(),
    positionS: media.currentTime,
    durationS: traits.isLive?.() ? Number.POSITIVE_INFINITY : media.duration,
    paused: media.paused,
    autoplay: media.autoplay === true && (media.readyState ?? 0) < 4,
    seeking: media.seeking || event === 'seeking', // a short seek is over when it is told
    rate: media.playbackRate,
    ad,
    hidden: page.isHidden(),
    flush: FLUSHING.includes(event),
  }
}

/** What a play has once is named by the play; the rest gets an id of its own by the client. */
function isOnce({ type }: Measured): boolean {
  return type === 'view' || type.startsWith('quartile')
}

function eventOf(
  measured: Measured,
  videoId: string,
  name: { readonly id: string; readonly time: number },
  { viewerId, channelId, attributes }: PlayerOptions,
  { player }: PlayerTraits,
): PlayerEvent {
  return {
    videoId,
    ...measured,
    ...(isOnce(measured) && name),
    ...(viewerId !== undefined && { viewerId }),
    ...(channelId !== undefined && { channelId }),
    attributes: { ...attributes, player, ...measured.attributes },
  }
}

function checkOptions({ attributes = {} }: PlayerOptions, viewAfterMs: number): void {
  if (!(viewAfterMs >= 0 && viewAfterMs <= VIEW_AFTER_MS_MAX)) {
    throw new RangeError(`viewAfterMs is ${viewAfterMs}: it must be 0 to ${VIEW_AFTER_MS_MAX}`)
  }
  const pairs = Object.keys(attributes).length
  if (pairs > ATTRIBUTES_MAX)
    throw new RangeError(`attributes has ${pairs} pairs: at most ${ATTRIBUTES_MAX} are taken`)
}
