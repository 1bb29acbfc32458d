// Top lists in the memory of one process. What they take is estimated; closed lists are held as bytes.

import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { BATCH_SOURCE, type CountRow } from '../counts/counts.ts'
import { FULL_SHARE, FULL_VIDEOS, type TopLimits } from './top-limits.ts'
import { EMPTY_LIST, listOf, type TopList } from './top-list.ts'
import { decodeList, encodeList } from './top-list-bytes.ts'
import { hourOf, openList, type TopIndex, type TopLists, topGroup } from './top-lists.ts'

/** Of a video in a Map, without its id; and of a list, with its names. */
const ENTRY_BYTES = 72
const LIST_BYTES = 400
const FIRST_MINUTE = 0

type Row = { readonly count: number; readonly upTo: number }

/** The totals of one source in a minute, which only grow. */
class OpenList {
  version = 0
  bytes = LIST_BYTES
  readonly #counts = new Map<string, number>()
  #floor = 0

  /** A total below the floor is known well enough: any video that is not listed may have it. */
  put(videoId: string, { count }: Row): void {
    const held = this.#counts.get(videoId)
    if (count < this.#floor || (held !== undefined && held >= count)) return
    if (held === undefined) this.bytes += ENTRY_BYTES + videoId.length
    this.#counts.set(videoId, count)
  }

  get size(): number {
    return this.#counts.size
  }

  /** Keeps the most counted. */
  cut(videosMax: number): void {
    const over = this.#counts.size - videosMax
    if (over <= 0) return
    const counts = Float64Array.from(this.#counts.values()).sort()
    const floor = counts[over - 1]!
    let ties = over - counts.indexOf(floor)
    for (const [videoId, count] of this.#counts) {
      if (count > floor || (count === floor && ties-- <= 0)) continue
      this.#counts.delete(videoId)
      this.bytes -= ENTRY_BYTES + videoId.length
    }
    this.#floor = Math.max(this.#floor, floor)
  }

  list(): TopList {
    return listOf(new Map(this.#counts), this.#floor)
  }
}

/** The newest correction of each video; what finds no room widens the bounds of all others. */
class Corrections {
  version = 0
  bytes = LIST_BYTES
  readonly #rows = new Map<string, Row>()
  readonly #max: number
  #up = 0
  #down = 0

  constructor(max: number) {
    this.#max = max
  }

  put(videoId: string, row: Row): void {
    const held = this.#rows.get(videoId)
    if (held !== undefined && held.upTo >= row.upTo) return
    if (held === undefined && this.#rows.size >= this.#max) {
      this.#up = Math.max(this.#up, row.count)
      this.#down = Math.max(this.#down, -row.count)
      return
    }
    if (held === undefined) this.bytes += ENTRY_BYTES + videoId.length
    this.#rows.set(videoId, row)
  }

  list(): TopList {
    const counts = new Map(Array.from(this.#rows, ([videoId, { count }]) => [videoId, count] as const))
    return { ...EMPTY_LIST, counts, floor: this.#up, excess: this.#down }
  }
}

class ClosedList {
  readonly version: number
  readonly #bytes: Uint8Array

  constructor(list: TopList, version: number) {
    this.version = version
    this.#bytes = encodeList(list)
  }

  get bytes(): number {
    return LIST_BYTES + this.#bytes.length
  }

  list(): TopList | null {
    return decodeList(this.#bytes)
  }
}

type Held = OpenList | Corrections | ClosedList
type Group = Map<string, Held>

export class MemoryTopLists implements TopLists {
  readonly #limits: TopLimits
  /** By hour and group. */
  readonly #hours = new Map<number, Map<string, Group>>()
  #bytes = 0
  #version = 0
  #lostBefore = FIRST_MINUTE

  constructor(limits: TopLimits) {
    this.#limits = limits
  }

  get usedBytes(): number {
    return this.#bytes
  }

  /** Rows of minutes before `oldest` are left out. */
  put(sourceId: string, rows: readonly CountRow[], oldest: number): void {
    const changed = new Map<OpenList, number>()
    for (const { bucket, total } of rows) {
      if (bucket.minute < oldest) continue
      const list = this.#openFor(sourceId, topGroup(bucket.tenant, bucket.type), bucket.minute)
      if (list === null) continue
      if (list instanceof OpenList && !changed.has(list)) changed.set(list, list.size)
      const before = list.bytes
      list.version = ++this.#version
      list.put(bucket.videoId, total)
      this.#bytes += list.bytes - before
    }
    for (const [list, sizeBefore] of changed) {
      const isFull = this.#bytes >= FULL_SHARE * this.#limits.bytesMax
      const before = list.bytes
      list.cut(isFull ? Math.max(sizeBefore, FULL_VIDEOS) : this.#limits.openVideosMax)
      this.#bytes += list.bytes - before
    }
  }

  async bytes(): Promise<number> {
    return this.#bytes
  }

  async hours(): Promise<readonly number[]> {
    return [...this.#hours.keys()].sort((a, b) => a - b)
  }

  async groups(hour: number): Promise<readonly string[]> {
    return [...(this.#hours.get(hour)?.keys() ?? [])]
  }

  async index(group: string, hour: number): Promise<TopIndex> {
    return new Map(Array.from(this.#group(group, hour) ?? [], ([name, { version }]) => [name, version]))
  }

  async load(group: string, hour: number, names: readonly string[]): Promise<readonly (TopList | null)[]> {
    const held = this.#group(group, hour)
    return names.map((name) => held?.get(name)?.list() ?? null)
  }

  async replace(group: string, hour: number, old: TopIndex, name: string, list: TopList): Promise<boolean> {
    const held = this.#group(group, hour)
    if (held === undefined) return false
    for (const [one, version] of old) if ((held.get(one)?.version ?? 0) !== version) return false
    for (const one of old.keys()) {
      this.#bytes -= held.get(one)?.bytes ?? 0
      held.delete(one)
    }
    const closed = new ClosedList(list, ++this.#version)
    held.set(name, closed)
    this.#bytes += closed.bytes
    return true
  }

  async drop(hour: number, isLost: boolean): Promise<void> {
    for (const group of this.#hours.get(hour)?.values() ?? []) {
      for (const { bytes } of group.values()) this.#bytes -= bytes
    }
    this.#hours.delete(hour)
    if (isLost) this.#loseBefore(hourOf(hour) + MINUTES_PER_HOUR)
  }

  async lostBefore(): Promise<number> {
    return this.#lostBefore
  }

  #loseBefore(minute: number): void {
    this.#lostBefore = Math.max(this.#lostBefore, minute)
  }

  #group(group: string, hour: number): Group | undefined {
    return this.#hours.get(hour)?.get(group)
  }

  /** Null if there is no room for a new one. */
  #openFor(sourceId: string, group: string, minute: number): OpenList | Corrections | null {
    const name = openList(minute, sourceId)
    const hour = hourOf(minute)
    const held = this.#group(group, hour)?.get(name)
    if (held !== undefined) return held as OpenList | Corrections
    if (this.#bytes >= this.#limits.bytesMax) {
      this.#loseBefore(minute + 1)
      return null
    }
    const groups = this.#hours.get(hour) ?? new Map<string, Group>()
    this.#hours.set(hour, groups)
    const lists = groups.get(group) ?? new Map<string, Held>()
    groups.set(group, lists)
    const list = sourceId === BATCH_SOURCE ? new Corrections(this.#limits.correctionsMax) : new OpenList()
    lists.set(name, list)
    this.#bytes += list.bytes
    return list
  }
}
