// Sketches in memory: the reference form, for tests.
import { MINUTES_PER_HOUR } from '../model/bucket.ts'
import { HyperLogLog } from '../model/hyper-log-log.ts'
import type { HourSketch } from '../model/viewer-sketches.ts'
import type { Uniques } from '../stores/uniques/uniques.ts'

export class MemoryUniques implements Uniques {
  readonly #hours = new Map<string, HyperLogLog>()

  async merge(sketches: readonly HourSketch[]): Promise<void> {
    for (const { tenant, videoId, hour, sketch } of sketches) {
      const key = JSON.stringify([tenant, videoId, hour])
      const held = this.#hours.get(key) ?? new HyperLogLog()
      held.merge(sketch)
      this.#hours.set(key, held)
    }
  }

  async read(tenant: string, videoId: string, from: number, to: number) {
    const sketch = new HyperLogLog()
    for (let hour = from; hour < to; hour += MINUTES_PER_HOUR) {
      const held = this.#hours.get(JSON.stringify([tenant, videoId, hour]))
      if (held !== undefined) sketch.merge(held)
    }
    return { sketch, stale: false }
  }
}
