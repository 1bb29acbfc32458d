// Sketches in memory: the reference form, for tests.
import { HyperLogLog } from '../model/hyper-log-log.ts'
import type { HourSketch } from '../model/viewer-sketches.ts'
import { coverOf, periodsOf } from '../stores/uniques/periods.ts'
import type { StoredSketch, Uniques, UniquesScan } from '../stores/uniques/uniques.ts'

export class MemoryUniques implements Uniques, UniquesScan {
  readonly #held = new Map<string, StoredSketch>()

  merge(sketches: readonly HourSketch[]): Promise<void> {
    return this.mergeStored(
      sketches.flatMap(({ hour, ...one }) => periodsOf(hour).map((period) => ({ ...one, ...period }))),
    )
  }

  async mergeStored(sketches: readonly StoredSketch[]): Promise<void> {
    for (const { sketch: added, ...place } of sketches) {
      const { sketch } = this.#held.getOrInsertComputed(keyOf(place), () => {
        return { ...place, sketch: new HyperLogLog() }
      })
      sketch.merge(added)
    }
  }

  async *stored(): AsyncGenerator<readonly StoredSketch[]> {
    for (const one of this.#held.values()) yield [one]
  }

  async read(tenant: string, videoId: string, from: number, to: number) {
    const sketch = new HyperLogLog()
    for (const period of coverOf(from, to)) {
      const held = this.#held.get(keyOf({ tenant, videoId, ...period }))
      if (held !== undefined) sketch.merge(held.sketch)
    }
    return { sketch, stale: false }
  }
}

function keyOf({ tenant, videoId, resolution, start }: Omit<StoredSketch, 'sketch'>): string {
  return JSON.stringify([tenant, videoId, resolution, start])
}
