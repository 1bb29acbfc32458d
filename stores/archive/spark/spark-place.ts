// Where Spark finds the raw files, and leaves what it counted: beside them, where all its nodes can reach it.
//
//   recounts/0001795996800000-<uuid>/part-….parquet    the number is when it began, epoch ms
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ObjectStore } from '../../objects/objects.ts'
import type { ObjectsSettings } from '../../objects/objects-settings.ts'

const RESULTS_PREFIX = 'recounts/'
const DIGITS = 16
const KEY = /^recounts\/((\d{16})-[0-9a-f-]{36})\//

export class SparkPlace {
  /** The URL of all keys, as Hadoop reads it, without a slash at its end. */
  readonly root: string
  /** Settings of Spark by which it reaches them. */
  readonly properties: Readonly<Record<string, string>>
  readonly #objects: ObjectStore
  /** Null in a bucket. */
  readonly #directory: string | null

  constructor(settings: ObjectsSettings, objects: ObjectStore) {
    this.#objects = objects
    this.#directory = settings.kind === 'file' ? resolve(settings.directory) : null
    this.root = rootOf(settings)
    this.properties = propertiesOf(settings)
  }

  /** The prefix of a result that nobody else has. */
  newResult(nowMs: number): string {
    return `${RESULTS_PREFIX}${String(nowMs).padStart(DIGITS, '0')}-${randomUUID()}/`
  }

  async remove(prefix: string): Promise<void> {
    await this.#objects.remove((await this.#objects.list(prefix)).map(({ key }) => key))
    // Spark also leaves empty folders.
    if (this.#directory !== null) await rm(join(this.#directory, prefix), { recursive: true, force: true })
  }

  /** Removes results of processes that died before they had read them. */
  async removeBefore(ms: number): Promise<void> {
    const old = new Set<string>()
    for (const { key } of await this.#objects.list(RESULTS_PREFIX)) {
      const [, name, beganMs] = KEY.exec(key) ?? []
      if (name !== undefined && Number(beganMs) < ms) old.add(`${RESULTS_PREFIX}${name}/`)
    }
    for (const prefix of old) await this.remove(prefix)
  }
}

function rootOf(settings: ObjectsSettings): string {
  if (settings.kind === 'file') return `file://${resolve(settings.directory)}`
  return `s3a://${[settings.bucket, settings.prefix].filter((part) => part !== '').join('/')}`
}

function propertiesOf(settings: ObjectsSettings): Readonly<Record<string, string>> {
  if (settings.kind === 'file') return {}
  const { endpoint, region, pathStyle } = settings
  return {
    'spark.hadoop.fs.s3a.endpoint.region': region,
    'spark.hadoop.fs.s3a.path.style.access': String(pathStyle),
    ...(endpoint !== null && {
      'spark.hadoop.fs.s3a.endpoint': endpoint,
      'spark.hadoop.fs.s3a.connection.ssl.enabled': String(endpoint.startsWith('https:')),
    }),
  }
}
