// An archive of objects like the real one, but with JSON in them, so that worlds are quick: files never change under
// their names, merged ones are written before the small ones are removed.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { hourOf, minuteOf } from '../../model/bucket.ts'
import type {
  Archive,
  ArchiveCheckpoint,
  Holding,
  RawBatch,
  RecountQuestion,
  Unreadable,
} from '../../stores/archive/archive.ts'
import { Checkpoints } from '../../stores/archive/duckdb/checkpoints.ts'
import { hourFileKey, hoursOf, parseRawFile, RAW_PREFIX } from '../../stores/archive/duckdb/layout.ts'
import { markOf } from '../../stores/archive/duckdb/mark.ts'
import { type ObjectInfo, ObjectMissing, type ObjectStore } from '../../stores/objects/objects.ts'
import { MemoryArchive } from '../../testing/memory-archive.ts'

/** Objects in memory; what is opened is a file in the directory. */
export class MemoryObjects implements ObjectStore {
  readonly #held = new Map<string, Uint8Array>()
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    this.#held.set(key, bytes)
  }

  async read(key: string): Promise<Uint8Array | null> {
    return this.#held.get(key) ?? null
  }

  upload(): Promise<void> {
    throw new Error('nobody does')
  }

  async open(key: string) {
    const bytes = this.#held.get(key)
    if (bytes === undefined) throw new ObjectMissing(key)
    const path = join(this.#directory, 'opened')
    await writeFile(path, bytes)
    return { path, release: async () => {} }
  }

  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    const keys = this.#held.keys().filter((key) => key.startsWith(prefix))
    return Array.from(keys, (key) => ({ key, bytes: this.#held.get(key)!.length, modifiedMs: 0 })).sort(byKey)
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#held.delete(key)
  }
}

export class ObjectArchive {
  readonly #objects: ObjectStore
  readonly #checkpoints: Checkpoints
  #merged = 0

  constructor(objects: ObjectStore) {
    this.#objects = objects
    this.#checkpoints = new Checkpoints(objects)
  }

  async store(batch: RawBatch): Promise<void> {
    for (const [hour, events] of Map.groupBy(batch.events, ({ timeMs }) => hourOf(minuteOf(timeMs)))) {
      const name = `${batch.origin}.${batch.sourceId}.${batch.fromOffset}-${batch.toOffset}`
      await this.#write(hour, name, [{ ...batch, events }])
    }
  }

  readCheckpoint(sourceId: string): Promise<ArchiveCheckpoint | null> {
    return this.#checkpoints.read(sourceId)
  }

  writeCheckpoint(sourceId: string, checkpoint: ArchiveCheckpoint): Promise<void> {
    return this.#checkpoints.write(sourceId, checkpoint)
  }

  checkpoints(): ReturnType<Archive['checkpoints']> {
    return this.#checkpoints.all()
  }

  async holdings(): Promise<readonly Holding[]> {
    const byHour = Map.groupBy(await this.#objects.list(RAW_PREFIX), hourOfFile)
    return Array.from(byHour, ([hour, infos]) => {
      const late = infos.filter(({ key }) => !key.includes('/events.'))
      const lateMark = late.length === 0 ? null : markOf(late)
      return { hour, mark: markOf(infos), lateMark, bytes: 1, archivedMs: 0, lateArchivedMs: 0 }
    })
  }

  async recount(question: RecountQuestion): ReturnType<Archive['recount']> {
    return (await this.#read(question.hours)).recount(question)
  }

  async cuts() {
    return []
  }

  /** Files whose bytes do not match their names. */
  async unreadable() {
    const found: Unreadable[] = []
    for (const info of await this.#objects.list(RAW_PREFIX)) {
      if (await this.#isDamaged(info.key)) {
        found.push({ hour: hourOfFile(info), name: info.key, reason: 'damaged' })
      }
    }
    return found
  }

  async *viewers(hour: number) {
    yield* (await this.#read([hour])).viewers(hour)
  }

  /** The files of an hour, where there are several. */
  async merge(): Promise<void> {
    const byHour = Map.groupBy(await this.#objects.list(RAW_PREFIX), hourOfFile)
    for (const [hour, infos] of byHour) {
      const damaged = await Promise.all(infos.map(({ key }) => this.#isDamaged(key)))
      if (infos.length < 2 || damaged.includes(true)) continue
      const batches = await Promise.all(infos.map(({ key }) => this.#batches(key)))
      await this.#write(hour, `merged-${this.#merged++}`, batches.flat())
      await this.#objects.remove(infos.map(({ key }) => key))
    }
  }

  async purge(hours: readonly number[]): Promise<void> {
    const infos = await this.#objects.list(RAW_PREFIX)
    await this.#objects.remove(infos.filter((info) => hours.includes(hourOfFile(info))).map(({ key }) => key))
  }

  async #read(hours: readonly number[]): Promise<MemoryArchive> {
    const archive = new MemoryArchive(() => 0)
    for (const info of await this.#objects.list(RAW_PREFIX)) {
      if (!hours.includes(hourOfFile(info))) continue
      for (const batch of await this.#batches(info.key)) await archive.store(batch)
    }
    return archive
  }

  /** Of a damaged file none. */
  async #batches(key: string): Promise<RawBatch[]> {
    const bytes = await this.#objects.read(key)
    if (bytes === null || (await this.#isDamaged(key))) return []
    return JSON.parse(String(Buffer.from(bytes)))
  }

  async #isDamaged(key: string): Promise<boolean> {
    const bytes = await this.#objects.read(key)
    return (
      bytes !== null && parseRawFile({ key, bytes: bytes.length, modifiedMs: 0 })!.checksum !== crc32(bytes)
    )
  }

  async #write(hour: number, name: string, batches: readonly RawBatch[]): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(batches))
    await this.#objects.write(hourFileKey(hour, name, crc32(bytes)), bytes)
  }
}

function hourOfFile(info: ObjectInfo): number {
  return hoursOf(parseRawFile(info)!)[0]!
}

function byKey(a: ObjectInfo, b: ObjectInfo): number {
  return a.key < b.key ? -1 : 1
}
