// Adds up the lists of a window. The sum of each hour is cached while its index stays the same, so that a window of a
// day costs little more than the indexes of its hours and the lists of the last one. Of each hour the most counted
// videos are held: those of a day may be millions.
import { setImmediate } from 'node:timers/promises'
import { RecentValues } from '../../lib/recent-values.ts'
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { cutTo, ListSum, overlapOf, partOf, settled, sumOf, type TopList } from './top-list.ts'
import { HOUR_LIST, hourOf, parseName, type TopIndex, type TopLists } from './top-lists.ts'

/** Cached entries of all groups. About 50 bytes each. */
const KEPT_ENTRIES_MAX = 2_000_000
const KEY_CHARACTERS_AN_ENTRY = 50
/** Of one hour, in the sum of a window. About 100 bytes each. */
const HOUR_VIDEOS_MAX = 20_000
/** Lists that are added up before others get their turn: it takes long where they have many videos. */
const LISTS_A_TURN = 8
/** Lists are folded while they are read: then the index is read again, at most so often. */
const ATTEMPTS_MAX = 4

/** The names of the lists of one minute, and their versions as text. */
type MinuteParts = {
  closed: string | null
  readonly open: string[]
  corrections: string | null
  versions: string
}

/** `isWhole`: false if lists are gone that should be there. */
export type Union = { readonly list: TopList; readonly isWhole: boolean }

type Loaded = ReadonlyMap<string, TopList>

export class TopUnion {
  readonly #lists: TopLists
  readonly #kept: RecentValues<TopList>
  readonly #hourVideosMax: number

  constructor(lists: TopLists, hourVideosMax = HOUR_VIDEOS_MAX, keptEntriesMax = KEPT_ENTRIES_MAX) {
    this.#lists = lists
    this.#kept = new RecentValues(keptEntriesMax)
    this.#hourVideosMax = hourVideosMax
  }

  /** The sums of a group in [from, to) minutes. */
  async read(group: string, from: number, to: number): Promise<Union> {
    const parts: TopList[] = []
    let isWhole = true
    for (let start = from; start < to; ) {
      const end = Math.min(to, hourOf(start) + MINUTES_PER_HOUR)
      const list = await this.#hour(group, start, end)
      if (list === null) isWhole = false
      else parts.push(list)
      start = end
    }
    return { list: settled(await sumInTurns(parts)), isWhole }
  }

  /** Within one hour; null if lists are gone. */
  async #hour(group: string, from: number, to: number): Promise<TopList | null> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const index = await this.#lists.index(group, hourOf(from))
      const key = `${group}\t${from}\t${to}\t${textOf(index)}`
      const kept = this.#kept.get(key)
      if (kept !== undefined) return kept
      const whole = await this.#sum(group, from, to, index)
      if (whole === null || (await this.#isFolded(group, hourOf(from), index))) continue
      const list = cutTo(whole, this.#hourVideosMax)
      this.#keep(key, list)
      return list
    }
    return null
  }

  /** Whether a list was folded since the index was read: then the name of an open list may mean a later one by now. */
  async #isFolded(group: string, hour: number, index: TopIndex): Promise<boolean> {
    return textOf(closedIn(await this.#lists.index(group, hour))) !== textOf(closedIn(index))
  }

  #keep(key: string, list: TopList): void {
    this.#kept.set(key, list, 1 + key.length / KEY_CHARACTERS_AN_ENTRY + list.counts.size)
  }

  async #sum(group: string, from: number, to: number, index: TopIndex): Promise<TopList | null> {
    const minutes = [...minutesOf(index)].filter(([minute]) => minute >= from && minute < to)
    const keyOf = (minute: number, parts: MinuteParts) => `${group}\t${minute}${parts.versions}`
    const known = minutes.map(([minute, parts]) => this.#kept.get(keyOf(minute, parts)))
    const missing = minutes.filter((_, at) => known[at] === undefined)
    const names = missing.flatMap(([, { closed, open }]) => (closed === null ? open : [closed, ...open]))
    const corrections = minutes.flatMap(([, parts]) => parts.corrections ?? [])
    const hour = index.has(HOUR_LIST) ? [HOUR_LIST] : []
    const loaded = await this.#load(group, hourOf(from), [...names, ...corrections, ...hour])
    if (loaded === null) return null
    const sums = minutes.map(([minute, parts], at) => {
      const key = keyOf(minute, parts)
      const list = known[at] ?? minuteList(parts, loaded)
      this.#keep(key, list)
      return list
    })
    const stream = withHour(loaded.get(HOUR_LIST) ?? null, await sumInTurns(sums), to - from)
    return sumOf([stream, ...corrections.map((name) => loaded.get(name)!)])
  }

  /** Null if one of them is gone. */
  async #load(group: string, hour: number, names: readonly string[]): Promise<Loaded | null> {
    const lists = names.length === 0 ? [] : await this.#lists.load(group, hour, names)
    const loaded = new Map<string, TopList>()
    for (const [i, list] of lists.entries()) {
      if (list === null) return null
      loaded.set(names[i]!, list)
    }
    return loaded
  }
}

async function sumInTurns(lists: readonly TopList[]): Promise<TopList> {
  if (lists.length <= 1) return sumOf(lists)
  const sum = new ListSum()
  for (const [at, list] of lists.entries()) {
    if (at % LISTS_A_TURN === LISTS_A_TURN - 1) await setImmediate()
    sum.add(list)
  }
  return sum.list()
}

function closedIn(index: TopIndex): TopIndex {
  return new Map([...index].filter(([name]) => parseName(name).kind === 'closed'))
}

function textOf(index: TopIndex): string {
  return Array.from(index, (entry) => entry.join('='))
    .sort()
    .join('\t')
}

function minutesOf(index: TopIndex): Map<number, MinuteParts> {
  const minutes = new Map<number, MinuteParts>()
  for (const [name, version] of index) {
    const { minute, kind } = parseName(name)
    if (minute === null) continue
    const parts = minutes.get(minute) ?? { closed: null, open: [], corrections: null, versions: '' }
    minutes.set(minute, parts)
    if (kind === 'corrections') parts.corrections = name
    else {
      if (kind === 'closed') parts.closed = name
      else parts.open.push(name)
      parts.versions += `\t${name}=${version}`
    }
  }
  return minutes
}

/** What the stream counted in a minute. */
function minuteList({ closed, open }: MinuteParts, loaded: Loaded): TopList {
  const later = sumOf(open.map((name) => loaded.get(name)!))
  return closed === null ? later : overlapOf(loaded.get(closed)!, later)
}

/** `later`: what came of the minutes that were asked for after the hour was folded, if it was. */
function withHour(hour: TopList | null, later: TopList, minutes: number): TopList {
  if (hour === null) return later
  return overlapOf(minutes === MINUTES_PER_HOUR ? hour : partOf(hour), later)
}
