// Sketches in one process, on classic-level: hours and their days are written in one synced batch.
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import type { HourSketch } from '../../model/viewer-sketches.ts'
import { hasChecksum, stampChecksum } from '../disk/checked-value.ts'
import { DataDirectoryError, damaged } from '../disk/data-directory.ts'
import type { DatabaseCopy } from '../disk/database-copy.ts'
import { GroupCommit } from '../disk/group-commit.ts'
import { LevelDatabase, type Operation } from '../disk/level-database.ts'
import type { MarkState } from '../disk/write-mark.ts'
import { coverOf, periodsOf, type SketchPeriod } from './periods.ts'
import type { Uniques } from './uniques.ts'

const GROUP_SKETCHES_MAX = 1_000
const QUEUE_SKETCHES_MAX = 100_000
const CHECKSUM_BYTES = 4

/** Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable`, `unavailable`. */
export async function openEmbeddedUniques(options: { readonly directory: string }): Promise<EmbeddedUniques> {
  return new EmbeddedUniques(await LevelDatabase.open(options.directory, () => []))
}

export class EmbeddedUniques implements Uniques {
  readonly #database: LevelDatabase
  readonly #writes: GroupCommit<readonly HourSketch[], undefined>
  #closing: Promise<void> | null = null

  constructor(database: LevelDatabase) {
    this.#database = database
    this.#writes = new GroupCommit({
      commit: (group) => this.#commit(group),
      weightOf: (sketches) => 1 + sketches.length,
      groupWeightMax: GROUP_SKETCHES_MAX,
      queueWeightMax: QUEUE_SKETCHES_MAX,
      refusal: () =>
        new DataDirectoryError('unavailable', `More than ${QUEUE_SKETCHES_MAX} sketches wait to be stored.`),
    })
  }

  async merge(sketches: readonly HourSketch[]): Promise<void> {
    if (this.#closing !== null) throw new DataDirectoryError('unavailable', 'The sketches are closed.')
    await this.#writes.submit(sketches)
  }

  async read(tenant: string, videoId: string, from: number, to: number) {
    const sketch = new HyperLogLog()
    const keys = coverOf(from, to).map((period) => keyOf(tenant, videoId, period))
    for (const held of (await this.#load(keys)).values()) sketch.merge(held)
    return { sketch, stale: false }
  }

  /** What it holds now, to be read later. */
  copy(): DatabaseCopy {
    return this.#database.copy()
  }

  /** Finishes the writes in flight and unlocks the directory. */
  close(): Promise<void> {
    this.#closing ??= this.#writes.drained().then(() => this.#database.close())
    return this.#closing
  }

  /** What the database had lost when it was opened, according to its mark. */
  get state(): MarkState {
    return this.#database.state
  }

  async #commit(group: readonly (readonly HourSketch[])[]): Promise<undefined[]> {
    await this.#database.heal(async () => {})
    const merged = new Map<string, HyperLogLog>()
    for (const { tenant, videoId, hour, sketch } of group.flat()) {
      for (const period of periodsOf(hour)) {
        const key = keyOf(tenant, videoId, period)
        const sum = merged.get(key) ?? new HyperLogLog()
        sum.merge(sketch)
        merged.set(key, sum)
      }
    }
    for (const [key, held] of await this.#load([...merged.keys()])) merged.get(key)!.merge(held)
    const operations = Array.from(merged, ([key, sketch]): Operation => {
      return { type: 'put', key, value: storedValue(key, sketch) }
    })
    if (operations.length > 0) await this.#database.write(operations)
    return group.map(() => undefined)
  }

  async #load(keys: string[]): Promise<Map<string, HyperLogLog>> {
    const values = await this.#database.level.getMany(keys).catch((error) => {
      throw this.#database.fault(error)
    })
    const held = new Map<string, HyperLogLog>()
    for (const [i, value] of values.entries()) {
      if (value !== undefined) held.set(keys[i]!, this.#parse(keys[i]!, value))
    }
    return held
  }

  #parse(key: string, value: Uint8Array): HyperLogLog {
    if (hasChecksum(key, value)) return HyperLogLog.decode(value.subarray(CHECKSUM_BYTES))
    throw damaged(this.#database.directory, `The entry ${JSON.stringify(key)} has a wrong checksum.`)
  }
}

/** Ids hold no control characters, so a zero byte separates them safely. */
function keyOf(tenant: string, videoId: string, { resolution, start }: SketchPeriod): string {
  return `${resolution}/${tenant}\u0000${videoId}\u0000${start}`
}

function storedValue(key: string, sketch: HyperLogLog): Uint8Array {
  const encoded = sketch.encode()
  const value = new Uint8Array(CHECKSUM_BYTES + encoded.length)
  value.set(encoded, CHECKSUM_BYTES)
  stampChecksum(key, value)
  return value
}
