// The two obvious implementations, for comparison: they give the same answer as the core's step, with the same seals.
import { minuteOf } from '../model/bucket.ts'
import type { Event } from '../model/event.ts'
import { FINGERPRINT_WORDS, FingerprintSet } from '../model/fingerprint-set.ts'
import { bucketName, type Truth } from './workload.ts'

type NaiveTotal = {
  count: number
  values: number
  sum: number
  min: number
  max: number
  upTo: number
  changed: boolean
}

/** A Set of names and a Map of totals for each minute, all by strings. */
export class StringMaps {
  readonly #minutes = new Map<number, { seen: Set<string>; totals: Map<string, NaiveTotal> }>()
  #changed: NaiveTotal[] = []
  #duplicates = 0
  /** Events that were no copies. */
  counted = 0

  count(event: Event, offset: number): void {
    const minute = minuteOf(event.timeMs)
    let held = this.#minutes.get(minute)
    if (held === undefined) {
      held = { seen: new Set(), totals: new Map() }
      this.#minutes.set(minute, held)
    }
    const key = bucketName(event.videoId, event.type, minute)
    const name = `${key} ${event.id}`
    if (held.seen.has(name)) {
      this.#duplicates++
      return
    }
    held.seen.add(name)
    this.counted++
    let total = held.totals.get(key)
    if (total === undefined) {
      total = newTotal()
      held.totals.set(key, total)
    }
    addTo(total, event, offset, this.#changed)
  }

  seal(): NaiveTotal[] {
    const sealed = copiesOf(this.#changed)
    this.#changed = []
    return sealed
  }

  answer(): Truth {
    const buckets = new Map<string, { count: number; sum: number }>()
    for (const { totals } of this.#minutes.values()) {
      for (const [key, { count, sum }] of totals) buckets.set(key, { count, sum })
    }
    return { buckets, duplicates: this.#duplicates }
  }
}

type NestedMinute = { seen: FingerprintSet; videos: Map<string, Map<string, NaiveTotal>> }

/** Typed-array sets of fingerprints, and a Map of types in a Map of videos for each minute. */
export class NestedMaps {
  readonly #minutes = new Map<number, NestedMinute>()
  #changed: NaiveTotal[] = []
  #duplicates = 0

  count(event: Event, offset: number, fingerprints: Uint32Array, i: number): void {
    const minute = minuteOf(event.timeMs)
    let held = this.#minutes.get(minute)
    if (held === undefined) {
      held = { seen: new FingerprintSet(), videos: new Map() }
      this.#minutes.set(minute, held)
    }
    if (!held.seen.add(fingerprints, i * FINGERPRINT_WORDS)) {
      this.#duplicates++
      return
    }
    let types = held.videos.get(event.videoId)
    if (types === undefined) {
      types = new Map()
      held.videos.set(event.videoId, types)
    }
    let total = types.get(event.type)
    if (total === undefined) {
      total = newTotal()
      types.set(event.type, total)
    }
    addTo(total, event, offset, this.#changed)
  }

  seal(): NaiveTotal[] {
    const sealed = copiesOf(this.#changed)
    this.#changed = []
    return sealed
  }

  answer(): Truth {
    const buckets = new Map<string, { count: number; sum: number }>()
    for (const [minute, { videos }] of this.#minutes) {
      for (const [videoId, types] of videos) {
        for (const [type, { count, sum }] of types) {
          buckets.set(bucketName(videoId, type, minute), { count, sum })
        }
      }
    }
    return { buckets, duplicates: this.#duplicates }
  }
}

function newTotal(): NaiveTotal {
  return { count: 0, values: 0, sum: 0, min: Infinity, max: -Infinity, upTo: -1, changed: false }
}

function addTo(total: NaiveTotal, event: Event, offset: number, changed: NaiveTotal[]): void {
  total.count++
  total.upTo = offset
  if (event.valueThousandths !== null) {
    total.values++
    total.sum += event.valueThousandths
    total.min = Math.min(total.min, event.valueThousandths)
    total.max = Math.max(total.max, event.valueThousandths)
  }
  if (total.changed) return
  total.changed = true
  changed.push(total)
}

function copiesOf(changed: readonly NaiveTotal[]): NaiveTotal[] {
  return changed.map((total) => {
    total.changed = false
    return { ...total }
  })
}
