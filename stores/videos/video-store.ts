// Videos in a database of their own on this machine's disk, with an index of the words of their titles. It also
// stores how far it has followed a log of changes, in the same atomic batch as the changes.
import { NAME_CHARS_MAX } from '../../model/names.ts'
import { SharedDatabase } from '../counts/embedded/shared-database.ts'
import { jsonValue, numbersValue, parseJsonText, parseNumbers } from '../disk/checked-value.ts'
import type { DatabaseCopy } from '../disk/database-copy.ts'
import { LevelDatabase, type Operation } from '../disk/level-database.ts'
import type { MarkState } from '../disk/write-mark.ts'
import { folded, TITLE_WORDS_MAX, wordStarts } from './title-words.ts'
import type { FoundVideo, Video, VideoReader } from './videos.ts'

export type VideoChange = {
  readonly tenant: string
  readonly videoId: string
  /** Null: the video is removed. */
  readonly video: Video | null
}

const FOLLOWED_KEY = 'followed'
/** Sorts after every text that may follow: a name may begin with the last character of Unicode. */
const LAST = '\u{10ffff}'.repeat(NAME_CHARS_MAX + 1)
/** Names hold no control characters. */
const SEPARATOR = '\u0000'
const EMPTY = new Uint8Array(0)
/** Entries that are removed in one batch. */
const CLEARED_MAX = 1_000

/** Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable`, `unavailable`; so do all its calls. */
export async function openVideoStore(directory: string): Promise<VideoStore> {
  return new VideoStore(new SharedDatabase(await LevelDatabase.open(directory, () => [])))
}

export class VideoStore implements VideoReader {
  readonly #database: SharedDatabase

  /** Called by openVideoStore. */
  constructor(database: SharedDatabase) {
    this.#database = database
  }

  /** What the database had lost when it was opened, according to its mark. */
  get state(): MarkState {
    return this.#database.state
  }

  accept(): void {
    this.#database.accept()
  }

  /** What it holds now, to be read later. */
  copy(): DatabaseCopy {
    return this.#database.copy()
  }

  async find(tenant: string, videoId: string): Promise<Video | null> {
    const [video] = await this.#read([videoKey(tenant, videoId)])
    return video ?? null
  }

  async search(tenant: string, prefix: string, limit: number): Promise<readonly FoundVideo[]> {
    const byId = await this.#database.keys(startingWith(videoKey(tenant, prefix)), limit)
    const ids = new Set(byId.map((key) => key.slice(videoKey(tenant, '').length)))
    const text = folded(prefix)
    if (text !== '' && ids.size < limit) {
      // A video has at most this many entries, and videos that were found by id may be found again.
      const entriesMax = limit * TITLE_WORDS_MAX
      const entries = await this.#database.keys(startingWith(titleKey(tenant, text)), entriesMax)
      for (const key of entries) ids.add(key.slice(key.lastIndexOf(SEPARATOR) + 1))
    }
    const found = Array.from(ids).slice(0, limit)
    const videos = await this.#read(found.map((videoId) => videoKey(tenant, videoId)))
    return found.flatMap((videoId, at) => {
      const video = videos[at] ?? null
      return video === null ? [] : [{ videoId, video }] // removed since the index was read
    })
  }

  /** The position from which to continue; null if nothing was followed yet. */
  async followedTo(): Promise<number | null> {
    const [value] = await this.#database.getMany([FOLLOWED_KEY])
    return value === undefined ? null : this.#database.checked(FOLLOWED_KEY, value, parseNumbers)[0]!
  }

  /** Applies changes in one atomic batch; of two changes of a video the later one wins. */
  async apply(changes: readonly VideoChange[], followedTo: number | null): Promise<void> {
    const latest = new Map(changes.map((change) => [videoKey(change.tenant, change.videoId), change]))
    await this.#database.change(async () => {
      const old = await this.#read(Array.from(latest.keys()))
      const operations = Array.from(latest.values()).flatMap((change, at) =>
        operationsOf(change, old[at] ?? null),
      )
      if (followedTo !== null) {
        const value = numbersValue(FOLLOWED_KEY, [followedTo])
        operations.push({ type: 'put', key: FOLLOWED_KEY, value })
      }
      await this.#database.write(operations)
    })
  }

  /** Removes everything, the position first: after a crash in between, everything is followed again. */
  async clear(): Promise<void> {
    await this.#database.change(() => this.#database.write([{ type: 'del', key: FOLLOWED_KEY }]))
    for (const table of ['video/', 'title/']) {
      let keys: string[]
      do {
        keys = await this.#database.keys(startingWith(table), CLEARED_MAX)
        const removals = keys.map((key): Operation => ({ type: 'del', key }))
        await this.#database.change(() => this.#database.write(removals))
      } while (keys.length > 0)
    }
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  async #read(keys: readonly string[]): Promise<(Video | null)[]> {
    const values = await this.#database.getMany([...keys])
    return values.map((value, at) => {
      if (value === undefined) return null
      return JSON.parse(this.#database.checked(keys[at]!, value, parseJsonText)) as Video
    })
  }
}

function operationsOf({ tenant, videoId, video }: VideoChange, old: Video | null): Operation[] {
  const key = videoKey(tenant, videoId)
  const entriesOf = ({ title }: Video) =>
    wordStarts(title).map((start) => `${titleKey(tenant, start)}${SEPARATOR}${videoId}`)
  const removed = old === null ? [] : entriesOf(old).map((entry): Operation => ({ type: 'del', key: entry }))
  if (video === null) return [...removed, { type: 'del', key }]
  const added = entriesOf(video).map((entry): Operation => ({ type: 'put', key: entry, value: EMPTY }))
  return [...removed, ...added, { type: 'put', key, value: jsonValue(key, video) }]
}

function videoKey(tenant: string, videoId: string): string {
  return `video/${tenant}${SEPARATOR}${videoId}`
}

function titleKey(tenant: string, start: string): string {
  return `title/${tenant}${SEPARATOR}${start}`
}

function startingWith(prefix: string) {
  return { gte: prefix, lt: prefix + LAST }
}
