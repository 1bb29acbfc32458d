// The last file of a backup: what belongs to it, and how far it goes. Without it there is no backup. Pure.
import { hash } from 'node:crypto'
import { Fault } from '../../lib/fault.ts'
import { jsonValue } from '../../lib/json-value.ts'
import { isKey } from '../objects/object-key.ts'

export type BackupFile = {
  /** Within the backup, words of [A-Za-z0-9._=-] with `/` between them. */
  readonly path: string
  readonly bytes: number
  /** In hex digits. */
  readonly sha256: string
  /** When it was written, epoch ms; left out where that does not matter. */
  readonly modifiedMs?: number
}

/** How much of a source the backup holds: its records in [startOffset, endOffset). */
type BackedUpSource = {
  readonly id: string
  readonly lane: string
  readonly partition: number
  readonly startOffset: number
  readonly endOffset: number
}

export type Manifest = {
  /** The version of the product that made it. */
  readonly product: string
  /** Everything that was acknowledged before this time is in the backup; RFC 3339. */
  readonly asOf: string
  readonly sources: readonly BackedUpSource[]
  /** All others, in the order in which they were written. */
  readonly files: readonly BackupFile[]
}

/** Of `npm start`, and of separate services, whose manifests say more under `cluster`. */
const FORMATS = { server: 1, cluster: 2 } as const
const NEWEST = FORMATS.cluster
const SHA256 = /^[0-9a-f]{64}$/

export function manifestText(manifest: Manifest): string {
  const file = { format: formatOf(manifest), checksum: checksumOf(manifest), ...manifest }
  return `${JSON.stringify(file, null, 1)}\n`
}

function formatOf(manifest: object): number {
  return 'cluster' in manifest ? FORMATS.cluster : FORMATS.server
}

/** Fails with a Fault whose message continues a sentence about the file. */
export function parseManifest(text: string): Manifest {
  const file = jsonValue(text)
  if (!isObject(file)) throw new Fault('is not the manifest of a backup')
  const { format, checksum, ...manifest } = file
  if (typeof format === 'number' && format > NEWEST) {
    throw new Fault(
      `was written by a newer version (format ${format}, this one knows up to ${NEWEST}): upgrade first`,
    )
  }
  const formats: readonly unknown[] = Object.values(FORMATS)
  if (!formats.includes(format)) throw new Fault(`has the unknown format ${JSON.stringify(format)}`)
  if (format !== formatOf(manifest)) throw new Fault(`is not what its format ${format} says`)
  if (checksum !== checksumOf(manifest)) throw new Fault('does not match its checksum')
  const { files } = manifest
  if (!Array.isArray(files) || !files.every(isFile)) throw new Fault('does not say which files belong to it')
  return manifest as Manifest
}

function isFile(value: unknown): value is BackupFile {
  if (!isObject(value)) return false
  const { path, bytes, sha256 } = value
  return (
    typeof path === 'string' &&
    isKey(path) &&
    Number.isSafeInteger(bytes) &&
    typeof sha256 === 'string' &&
    SHA256.test(sha256)
  )
}

function checksumOf(manifest: unknown): string {
  return hash('sha256', JSON.stringify(manifest))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
