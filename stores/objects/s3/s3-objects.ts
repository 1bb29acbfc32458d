// The objects in a bucket of Amazon S3, or of any compatible server. Every object has a checksum, which the server
// checks when it is stored, and this code when it is read.
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { Clock } from '../../../lib/clock.ts'
import { checkKey, isKey } from '../object-key.ts'
import { type ObjectInfo, ObjectMissing, type ObjectStore } from '../objects.ts'
import type { S3Settings } from '../objects-settings.ts'
import { type Attempt, S3_LIMITS, S3Calls, type S3Limits } from './s3-calls.ts'
import { S3Error } from './s3-error.ts'
import { Scratch, type ScratchFile } from './scratch.ts'

/** What S3 takes at once. */
const OBJECT_BYTES_MAX = 5 * 2 ** 30
const KEYS_PER_REMOVAL_MAX = 1_000
const CONNECT_TIMEOUT_MS = 3_000
/** The messages of our errors. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

export type S3Deps = {
  readonly clock: Pick<Clock, 'sleep'>
  readonly random: () => number
  /** A directory of its own for copies of open objects; emptied. */
  readonly scratchDirectory: string
  readonly limits?: S3Limits
}

/** Credentials come from where the AWS SDK looks for them. Sends no request. */
export async function openS3Objects(settings: S3Settings, deps: S3Deps): Promise<S3Objects> {
  const { bucket, endpoint, region, pathStyle, scratchBytesMax } = settings
  const client = new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    maxAttempts: 1,
    logger: SILENT,
    requestChecksumCalculation: 'WHEN_REQUIRED', // the checksums are our own, and no stream needs a trailer
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
  })
  const place = { server: endpoint ?? 'Amazon S3', bucket, region }
  const calls = new S3Calls(place, deps.clock, deps.random, deps.limits ?? S3_LIMITS)
  return new S3Objects(settings, client, calls, await Scratch.open(deps.scratchDirectory, scratchBytesMax))
}

/** Methods fail with an S3Error, besides the errors of the port. */
export class S3Objects implements ObjectStore {
  readonly #bucket: string
  readonly #prefix: string
  readonly #client: S3Client
  readonly #calls: S3Calls
  readonly #scratch: Scratch

  constructor({ bucket, prefix }: S3Settings, client: S3Client, calls: S3Calls, scratch: Scratch) {
    this.#bucket = bucket
    this.#prefix = prefix === '' ? '' : `${prefix}/`
    this.#client = client
    this.#calls = calls
    this.#scratch = scratch
  }

  close(): void {
    this.#client.destroy()
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    checkKey(key)
    await this.#put(key, bytes.byteLength, crc32(bytes), () => Readable.from([bytes], { objectMode: false }))
  }

  /** If the file cannot be read, it fails with the system's error. */
  async upload(key: string, path: string): Promise<void> {
    checkKey(key)
    const { size } = await stat(path)
    await this.#put(key, size, await checksumOf(path), () => createReadStream(path))
    await rm(path, { force: true })
  }

  async read(key: string): Promise<Uint8Array | null> {
    checkKey(key)
    const bytes = this.#calls.run(async (attempt) => {
      const { Body } = await this.#get(key, attempt)
      return Body!.transformToByteArray()
    }, isMissing)
    return bytes.catch(missing(() => null))
  }

  async open(key: string): Promise<ScratchFile> {
    checkKey(key)
    const file = this.#calls.run((attempt) => this.#download(key, attempt), isMissing)
    return file.catch(
      missing(() => {
        throw new ObjectMissing(key)
      }),
    )
  }

  async list(prefix: string): Promise<readonly ObjectInfo[]> {
    const found: ObjectInfo[] = []
    const Prefix = this.#prefix + prefix
    let ContinuationToken: string | undefined
    do {
      const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, ContinuationToken })
      const page = await this.#calls.run(({ signal }) => this.#client.send(command, { abortSignal: signal }))
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        const key = Key!.slice(this.#prefix.length)
        if (isKey(key)) found.push({ key, bytes: Size!, modifiedMs: LastModified!.getTime() })
      }
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken !== undefined)
    return found
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) checkKey(key)
    for (let from = 0; from < keys.length; from += KEYS_PER_REMOVAL_MAX) {
      await this.#removeSome(keys.slice(from, from + KEYS_PER_REMOVAL_MAX))
    }
  }

  async #removeSome(keys: readonly string[]): Promise<void> {
    const Objects = keys.map((key) => ({ Key: this.#prefix + key }))
    const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } })
    await this.#calls.run(async ({ signal }) => {
      const { Errors = [] } = await this.#client.send(command, { abortSignal: signal })
      const [first] = Errors
      if (first === undefined) return
      const code = first.Code === 'AccessDenied' ? 'forbidden' : 'unavailable'
      const count = `${Errors.length} of ${keys.length} objects`
      throw new S3Error(
        code,
        `${count} were not removed, ${first.Key} among them: ${first.Code} ${first.Message}`,
      )
    })
  }

  /** The body is made anew for each attempt, because a stream can be read once only. */
  async #put(key: string, size: number, checksum: number, open: () => Readable): Promise<void> {
    if (size > OBJECT_BYTES_MAX) {
      throw new S3Error('too_large', `${key} has ${size} bytes: at most ${OBJECT_BYTES_MAX} can be stored.`)
    }
    await this.#calls.run(async ({ signal, expect }) => {
      expect(size)
      const Body = open()
      const unreadable = new Promise<never>((_, reject) => Body.once('error', reject))
      const command = new PutObjectCommand({
        Bucket: this.#bucket,
        Key: this.#prefix + key,
        Body,
        ContentLength: size,
        ChecksumAlgorithm: 'CRC32',
        ChecksumCRC32: base64Of(checksum),
      })
      try {
        await Promise.race([this.#client.send(command, { abortSignal: signal }), unreadable])
      } finally {
        Body.destroy()
      }
    })
  }

  /** From then on the deadline is that of the body. */
  async #get(key: string, { signal, expect }: Attempt): Promise<GetObjectCommandOutput> {
    const command = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: this.#prefix + key,
      ChecksumMode: 'ENABLED',
    })
    const answer = await this.#client.send(command, { abortSignal: signal })
    expect(answer.ContentLength ?? OBJECT_BYTES_MAX)
    return answer
  }

  async #download(key: string, attempt: Attempt): Promise<ScratchFile> {
    const { Body, ContentLength } = await this.#get(key, attempt)
    const body = Body as Readable
    let file: ScratchFile | undefined
    try {
      file = this.#scratch.claim(ContentLength!)
      await pipeline(body, createWriteStream(file.path), { signal: attempt.signal })
      return file
    } catch (error) {
      body.destroy()
      await file?.release()
      throw error
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof NoSuchKey
}

function missing<T>(answer: () => T): (error: unknown) => T {
  return (error) => {
    if (isMissing(error)) return answer()
    throw error
  }
}

async function checksumOf(path: string): Promise<number> {
  let checksum = 0
  for await (const chunk of createReadStream(path)) checksum = crc32(chunk, checksum)
  return checksum
}

function base64Of(checksum: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(checksum)
  return bytes.toString('base64')
}
