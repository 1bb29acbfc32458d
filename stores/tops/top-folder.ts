// Makes room for new lists. Minutes that have come to rest are folded: one list for all their sources, a sixth of the
// size. When room gets short, older lists give more of it up, oldest first: minutes become an hour, hours keep fewer
// videos, and in the end the oldest hour goes. Any number of processes may do so at once: a list is only replaced as
// long as it is what was read.
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../lib/clock.ts'
import { MINUTES_PER_HOUR, minuteOf } from '../../model/bucket.ts'
import type { TopLimits } from './top-limits.ts'
import { cutTo, EMPTY_LIST, ListSum, overlapOf } from './top-list.ts'
import { HOUR_LIST, hourOf, parseName, type TopIndex, type TopLists } from './top-lists.ts'
import { TOP_RETENTION_MINUTES } from './tops.ts'

/** Most rows of a minute are there after so long; what comes later is folded again. */
const REST_MINUTES = 12
/** Windows that begin in the last hours are usual, so their minutes are kept as long as possible. */
const RECENT_MINUTES = 3 * MINUTES_PER_HOUR
/** Older hours are looked through more seldom: rows that come late change them. */
const PASSES_A_FULL_PASS = 20
/** Of the bytes that lists may take: above the first, room is made until the second. */
export const SHORT_SHARE = 0.8
const ENOUGH_SHARE = 0.7
const LISTS_AT_ONCE = 8

/** Lists that are to become one, with what is already in its place. */
type Fold = {
  readonly group: string
  readonly hour: number
  readonly index: TopIndex
  readonly names: readonly string[]
  readonly into: string
}

export class TopFolder {
  readonly #lists: TopLists
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #limits: TopLimits
  /** By group and minute, the open lists as the pass before saw them. */
  #seen = new Map<string, string>()
  #passes = 0

  constructor(lists: TopLists, clock: Pick<Clock, 'nowMs'>, limits: TopLimits) {
    this.#lists = lists
    this.#clock = clock
    this.#limits = limits
  }

  /** Rejects if the lists cannot be reached. */
  async pass(): Promise<void> {
    const now = minuteOf(this.#clock.nowMs())
    const oldest = hourOf(now - TOP_RETENTION_MINUTES)
    const hours = await this.#lists.hours()
    for (const hour of hours) if (hour < oldest) await this.#lists.drop(hour, false)
    const kept = hours.filter((hour) => hour >= oldest)
    const isFull = this.#passes++ % PASSES_A_FULL_PASS === 0
    await this.#foldMinutes(
      kept.filter((hour) => isFull || hour >= now - RECENT_MINUTES),
      now - REST_MINUTES,
    )
    if ((await this.#lists.bytes()) > SHORT_SHARE * this.#limits.bytesMax) await this.#makeRoom(kept, now)
  }

  /** Those before `before` that are old, or have not changed since the pass before. */
  async #foldMinutes(hours: readonly number[], before: number): Promise<void> {
    const seen = new Map<string, string>()
    for (const { hour, group } of await this.#all(hours)) {
      const index = await this.#lists.index(group, hour)
      for (const [minute, open] of openMinutes(index, before)) {
        const key = `${group}\t${minute}`
        const versions = Array.from(open, (entry) => entry.join('=')).join(' ')
        if (hour < before - RECENT_MINUTES || this.#seen.get(key) === versions)
          await this.#foldMinute(group, hour, minute, index, open)
        else seen.set(key, versions)
      }
    }
    this.#seen = seen
  }

  async #foldMinute(group: string, hour: number, minute: number, index: TopIndex, open: TopIndex) {
    await this.#fold(
      { group, hour, index, names: [...open.keys()], into: String(minute) },
      this.#limits.minuteVideosMax,
    )
  }

  /** Each step costs more than the one before: less is known of windows that it concerns. */
  async #makeRoom(hours: readonly number[], now: number): Promise<void> {
    const old = hours.filter((hour) => hour + MINUTES_PER_HOUR <= now - RECENT_MINUTES)
    const steps = [
      () => this.#each(old, (group, hour) => this.#foldHour(group, hour)),
      () => this.#halve(old),
      () => this.#foldMinutesNow(hours, now),
      () => this.#each(hours, (group, hour) => this.#foldHour(group, hour)),
      () => this.#halve(hours),
      () => this.#dropOldest(hours),
    ]
    for (const step of steps) {
      await step()
      if (await this.#hasRoom()) return
    }
  }

  async #hasRoom(): Promise<boolean> {
    return (await this.#lists.bytes()) <= ENOUGH_SHARE * this.#limits.bytesMax
  }

  async #all(hours: readonly number[]): Promise<{ hour: number; group: string }[]> {
    const all: { hour: number; group: string }[] = []
    for (const hour of hours) {
      for (const group of await this.#lists.groups(hour)) all.push({ hour, group })
    }
    return all
  }

  async #each(hours: readonly number[], make: (group: string, hour: number) => Promise<void>): Promise<void> {
    for (const hour of hours) {
      for (const group of await this.#lists.groups(hour)) await make(group, hour)
      if (await this.#hasRoom()) return
    }
  }

  async #foldMinutesNow(hours: readonly number[], now: number): Promise<void> {
    await this.#each(hours, async (group, hour) => {
      const index = await this.#lists.index(group, hour)
      for (const [minute, open] of openMinutes(index, now)) {
        await this.#foldMinute(group, hour, minute, index, open)
      }
    })
  }

  async #foldHour(group: string, hour: number): Promise<void> {
    const index = await this.#lists.index(group, hour)
    const names = [...index.keys()].filter((name) => name !== HOUR_LIST && parseName(name).kind === 'closed')
    if (names.length > 0)
      await this.#fold({ group, hour, index, names, into: HOUR_LIST }, this.#limits.hourVideosMax)
  }

  /** Until there is room, or none of them can give up more. */
  async #halve(hours: readonly number[]): Promise<void> {
    const { hourVideosMax, hourVideosLeast } = this.#limits
    for (let max = hourVideosMax / 2; max >= hourVideosLeast; max /= 2) {
      await this.#each(hours, async (group, hour) => {
        const old = versionsOf(await this.#lists.index(group, hour), [HOUR_LIST])
        const [list] = old.get(HOUR_LIST) === 0 ? [] : await this.#lists.load(group, hour, [HOUR_LIST])
        if (!list || list.counts.size <= max) return
        await this.#lists.replace(group, hour, old, HOUR_LIST, cutTo(list, Math.floor(max)))
      })
      if (await this.#hasRoom()) return
    }
  }

  async #dropOldest(hours: readonly number[]): Promise<void> {
    for (const hour of hours) {
      await this.#lists.drop(hour, true)
      if (await this.#hasRoom()) return
    }
  }

  /** If a list has changed meanwhile, or is gone, the next pass tries again. */
  async #fold({ group, hour, index, names, into }: Fold, videosMax: number): Promise<void> {
    const sum = new ListSum()
    for (let at = 0; at < names.length; at += LISTS_AT_ONCE) {
      const some = await this.#lists.load(group, hour, names.slice(at, at + LISTS_AT_ONCE))
      for (const list of some) {
        if (list === null) return
        sum.add(list)
      }
      await setImmediate() // adding up many videos takes long, and others wait
    }
    const [earlier = EMPTY_LIST] = index.has(into) ? await this.#lists.load(group, hour, [into]) : []
    if (earlier === null) return
    const list = cutTo(overlapOf(earlier, sum.list()), videosMax)
    await this.#lists.replace(group, hour, versionsOf(index, [into, ...names]), into, list)
  }
}

/** 0: there is none yet. */
function versionsOf(index: TopIndex, names: readonly string[]): TopIndex {
  return new Map(names.map((name) => [name, index.get(name) ?? 0]))
}

/** The open lists of minutes before `before`, by minute. */
function openMinutes(index: TopIndex, before: number): Map<number, Map<string, number>> {
  const minutes = new Map<number, Map<string, number>>()
  for (const [name, version] of index) {
    const { minute, kind } = parseName(name)
    if (kind !== 'open' || minute === null || minute >= before) continue
    const open = minutes.get(minute) ?? new Map<string, number>()
    minutes.set(minute, open.set(name, version))
  }
  return minutes
}
