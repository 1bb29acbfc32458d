// Plans and results as objects beside the archive, which all processes of the batch layer reach. Each ends in a
// checksum: a damaged result counts as none, and a damaged plan is dropped, so that the work is planned anew.
//
//   plans/0001795996800000/plan.json       the number is the version
//   plans/0001795996800000/share-3.json    what came of a share
import { crc32 } from 'node:zlib'
import type { ObjectStore } from '../objects/objects.ts'
import type { Plans } from './plans.ts'

const PREFIX = 'plans/'
const PLAN = 'plan.json'
const VERSION_DIGITS = 16
const KEY = /^plans\/(\d{16})\/(plan|share-(\d+))\.json$/

type Found = { readonly key: string; readonly version: number; readonly share: number | null }

export class ObjectPlans implements Plans {
  readonly #objects: Pick<ObjectStore, 'write' | 'read' | 'list' | 'remove'>

  constructor(objects: Pick<ObjectStore, 'write' | 'read' | 'list' | 'remove'>) {
    this.#objects = objects
  }

  /** Written first and looked for others then: of two that propose at once, at most one finds itself alone. */
  async propose(version: number, plan: unknown): Promise<boolean> {
    await this.#write(`${folderOf(version)}${PLAN}`, plan)
    const found = await this.#found(PREFIX)
    const planned = new Set(found.filter(({ share }) => share === null).map((one) => one.version))
    const left = found
      .filter((one) => one.version < version && !planned.has(one.version))
      .map(({ key }) => key)
    if (left.length > 0) await this.#objects.remove(left) // of a straggler, noted when its plan was dropped
    if (planned.size === 1 && planned.has(version)) return true
    await this.drop(version)
    return false
  }

  async current(): Promise<{ version: number; plan: unknown } | null> {
    const found = await this.#found(PREFIX)
    for (const { key, version, share } of found) {
      if (share !== null) continue
      const plan = await this.#read(key)
      if (plan !== null) return { version, plan }
      await this.drop(version)
    }
    return null
  }

  async note(version: number, share: number, result: unknown): Promise<void> {
    await this.#write(`${folderOf(version)}share-${share}.json`, result)
  }

  async noted(version: number): Promise<ReadonlySet<number>> {
    const found = await this.#found(folderOf(version))
    return new Set(found.flatMap(({ share }) => (share === null ? [] : [share])))
  }

  async results(version: number): Promise<ReadonlyMap<number, unknown>> {
    const results = new Map<number, unknown>()
    for (const { key, share } of await this.#found(folderOf(version))) {
      const result = share === null ? null : await this.#read(key)
      if (result !== null) results.set(share!, result)
    }
    return results
  }

  /** The plan itself goes first: results without a plan mean nothing. */
  async drop(version: number): Promise<void> {
    await this.#objects.remove([`${folderOf(version)}${PLAN}`])
    const found = await this.#found(folderOf(version))
    if (found.length > 0) await this.#objects.remove(found.map(({ key }) => key))
  }

  /** In order of their keys, and so of versions. */
  async #found(prefix: string): Promise<Found[]> {
    const infos = await this.#objects.list(prefix)
    return infos.flatMap(({ key }) => {
      const [, version, name, share] = KEY.exec(key) ?? []
      if (version === undefined) return []
      return [{ key, version: Number(version), share: name === 'plan' ? null : Number(share) }]
    })
  }

  async #write(key: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value)
    await this.#objects.write(key, Buffer.from(`${text}\n${crc32(text)}\n`))
  }

  /** Null if there is none, or a damaged one. */
  async #read(key: string): Promise<unknown> {
    const bytes = await this.#objects.read(key)
    const [text = '', checksum] = bytes === null ? [] : Buffer.from(bytes).toString().split('\n')
    return checksum === String(crc32(text)) ? JSON.parse(text) : null
  }
}

function folderOf(version: number): string {
  return `${PREFIX}${String(version).padStart(VERSION_DIGITS, '0')}/`
}
