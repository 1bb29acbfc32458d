// Sends a backup of everything that one process stores, as frames, while it goes on working; the manifest comes last.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { CopiedObjects } from '../archive/duckdb/copy.ts'
import { MANIFEST_PATH } from '../disk/data-directory.ts'
import { type ObjectInfo, ObjectMissing } from '../objects/objects.ts'
import { frameLine } from './frames.ts'
import { type BackupFile, manifestText } from './manifest.ts'
import { DATABASES, type Moment, type MomentParts, takeMoment } from './moment.ts'
import { partsOf } from './parts.ts'

export type BackedUp = MomentParts & {
  /** Nothing is removed from it during a backup; it goes on archiving. */
  readonly archive: { whileKept<T>(task: (objects: CopiedObjects) => Promise<T>): Promise<T> }
  /** The version of the product. */
  readonly product: string
}

/** Resolves when the bytes may be reused. */
type Send = (bytes: Uint8Array) => Promise<void>

const PART_DIGITS = 8

/** Fails with what the parts and `send` fail with; a backup without a manifest is none. */
export function writeBackup(parts: BackedUp, send: Send): Promise<void> {
  return parts.archive.whileKept(async (archived) => {
    const out = new BackupWriter(send)
    await using moment = await takeMoment(parts, archived)
    for (const [path, bytes] of moment.files) await out.bytes(path, bytes)
    for (const name of DATABASES) {
      let number = 0
      for await (const part of partsOf(moment.databases[name].entries())) {
        await out.bytes(`${name}/${String(number++).padStart(PART_DIGITS, '0')}.zst`, part)
      }
      await moment.databases[name][Symbol.asyncDispose]()
    }
    for (const { key, bytes } of moment.archive.checkpoints) await out.bytes(`archive/${key}`, bytes)
    await sendObjects(out, 'archive', archived, moment.archive.files)
    if (parts.overflow !== null) await sendObjects(out, 'overflow', parts.overflow, moment.overflow, true)
    await out.end(moment, parts.product)
  })
}

/** Objects of the overload lane may be removed meanwhile, once no record that is held names them. */
async function sendObjects(
  out: BackupWriter,
  folder: string,
  objects: CopiedObjects,
  files: readonly ObjectInfo[],
  mayBeGone = false,
): Promise<void> {
  for (const { key, bytes, modifiedMs } of files) {
    const object = await objects.open(key).catch((error) => {
      if (mayBeGone && error instanceof ObjectMissing) return null
      throw error
    })
    if (object === null) continue
    try {
      await out.file(`${folder}/${key}`, object.path, bytes, modifiedMs)
    } finally {
      await object.release()
    }
  }
}

class BackupWriter {
  readonly #send: Send
  readonly #files: BackupFile[] = []

  constructor(send: Send) {
    this.#send = send
  }

  async bytes(path: string, bytes: Uint8Array): Promise<void> {
    await this.#content(path, bytes.length, [bytes])
  }

  async file(path: string, from: string, bytes: number, modifiedMs: number): Promise<void> {
    await this.#content(path, bytes, createReadStream(from), { modifiedMs })
  }

  async end({ takenMs, sources }: Moment, product: string): Promise<void> {
    const asOf = new Date(takenMs).toISOString()
    const manifest = manifestText({ product, asOf, sources, files: this.#files })
    await this.bytes(MANIFEST_PATH, Buffer.from(manifest))
  }

  async #content(
    path: string,
    bytes: number,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    rest: Pick<BackupFile, 'modifiedMs'> = {},
  ): Promise<void> {
    const digest = createHash('sha256')
    let sent = 0
    await this.#send(frameLine(path, bytes))
    for await (const chunk of content) {
      digest.update(chunk)
      sent += chunk.length
      await this.#send(chunk)
    }
    if (sent !== bytes)
      throw new Error(`${path} had ${bytes} bytes when it was listed, and ${sent} when it was read`)
    this.#files.push({ path, bytes, sha256: digest.digest('hex'), ...rest })
  }
}
