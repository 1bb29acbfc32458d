// Videos in a database of their own on this machine's disk, with an index of the words of their titles and channels,
// and what people note of them.
import { SharedDatabase } from '../counts/embedded/shared-database.ts'
import { jsonValue, numbersValue, parseJsonText, parseNumbers } from '../disk/checked-value.ts'
import type { DatabaseCopy } from '../disk/database-copy.ts'
import { LevelDatabase, type Operation } from '../disk/level-database.ts'
import type { MarkState } from '../disk/write-mark.ts'
import {
  type AnnotationChange,
  AnnotationTable,
  annotationKey,
  annotationOperation,
} from './annotation-table.ts'
import type { AnnotationReader } from './annotations.ts'
import { type IndexEntry, type IndexKind, indexEntries, LAST, NEXT, SEPARATOR } from './index-entries.ts'
import type { Place } from './search-place.ts'
import { INDEX_VERSION } from './title-words.ts'
import { type IndexRange, type SearchTables, VideoSearch } from './video-search.ts'
import type { FoundPage, Video, VideoReader } from './videos.ts'

export type Change = VideoChange | AnnotationChange
export type VideoChange = {
  readonly tenant: string
  readonly videoId: string
  /** Null: the video is removed. */
  readonly video: Video | null
}

/** Which index texts the tables hold. */
const INDEX_KEY = 'index'
/** Of which the keys are made of videos. */
const INDEXES = ['title/', 'channel/', 'member/']
const EMPTY = new Uint8Array(0)
/** Entries that are removed in one batch. */
const CLEARED_MAX = 1_000

/** Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable`, `unavailable`; so do all its calls. */
export async function openVideoStore(directory: string): Promise<VideoStore> {
  const store = new VideoStore(new SharedDatabase(await LevelDatabase.open(directory, () => [])))
  await store.indexAnew()
  return store
}

export class VideoStore implements VideoReader, AnnotationReader, SearchTables {
  readonly #database: SharedDatabase
  readonly #annotations: AnnotationTable
  readonly #search: VideoSearch

  /** Called by openVideoStore. */
  constructor(database: SharedDatabase) {
    this.#database = database
    this.#annotations = new AnnotationTable(database)
    this.#search = new VideoSearch(this)
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

  search(tenant: string, prefix: string, limit: number, after: Place | null = null): Promise<FoundPage> {
    return this.#search.search(tenant, prefix, limit, after)
  }

  channels(tenant: string, prefix: string, limit: number): Promise<readonly string[]> {
    return this.#search.channels(tenant, prefix, limit)
  }

  searchChannel(tenant: string, channel: string, prefix: string, limit: number, after: Place | null = null) {
    return this.#search.searchChannel(tenant, channel, prefix, limit, after)
  }

  channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]> {
    return this.#search.channelVideos(tenant, channel, limit)
  }

  async entries({ tenant, kind, group, prefix, after }: IndexRange, limit: number): Promise<string[]> {
    const table = tableOf(tenant, kind, group)
    const range = startingWith(table + prefix)
    const rest = after === null ? range : { ...range, gte: table + after + NEXT }
    const keys = await this.#database.keys(rest, limit)
    return keys.map((key) => key.slice(table.length))
  }

  videos(tenant: string, videoIds: readonly string[]): Promise<(Video | null)[]> {
    return this.#read(videoIds.map((videoId) => videoKey(tenant, videoId)))
  }

  annotations(tenant: string, videoId: string) {
    return this.#annotations.ofVideo(tenant, videoId)
  }

  annotationCount(tenant: string, most: number) {
    return this.#annotations.countOf(tenant, most)
  }

  /** Makes the index tables anew if they are those of another release. */
  async indexAnew(): Promise<void> {
    const [value] = await this.#database.getMany([INDEX_KEY])
    if (value !== undefined) {
      const [version] = this.#database.checked(INDEX_KEY, value, parseNumbers)
      if (version === INDEX_VERSION) return
    }
    if ((await this.#database.firstKey(startingWith('video/'))) === null) return
    for (const table of INDEXES) await this.#clear(table)
    for await (const entries of this.#database.entries(startingWith('video/'))) {
      const operations = entries.flatMap(([key, bytes]) => {
        const [tenant, videoId] = key.slice('video/'.length).split(SEPARATOR)
        const video = JSON.parse(this.#database.checked(key, bytes, parseJsonText)) as Video
        return entriesOf(tenant!, videoId!, video).map(added)
      })
      await this.#database.change(() => this.#database.write(operations))
    }
    await this.#database.change(() => this.#database.write([indexOperation()]))
  }

  /**
   * Applies changes in one atomic batch, as if one after the other: of two of a video or an annotation the later one
   * wins, and a video that is removed takes along the annotations of before, also those that its remover did not know.
   */
  async apply(changes: readonly Change[]): Promise<void> {
    const notes = new Map<string, AnnotationChange>()
    const latest = new Map<string, VideoChange>()
    const removed = new Map<string, VideoChange>()
    for (const change of changes) {
      const { tenant, videoId } = change
      const key = videoKey(tenant, videoId)
      if (isOfAnnotation(change)) notes.set(annotationKey(change), change)
      else latest.set(key, change)
      if (isOfAnnotation(change) || change.video !== null) continue
      removed.set(key, change)
      for (const [at, note] of notes) if (note.tenant === tenant && note.videoId === videoId) notes.delete(at)
    }
    await this.#database.change(async () => {
      const old = await this.#read(Array.from(latest.keys()))
      const operations = Array.from(latest.values()).flatMap((change, at) =>
        operationsOf(change, old[at] ?? null),
      )
      for (const change of removed.values())
        operations.push(
          ...(await this.#annotations.keysOf(change)).map((key): Operation => ({ type: 'del', key })),
        )
      operations.push(...Array.from(notes.values(), annotationOperation))
      operations.push(indexOperation())
      await this.#database.write(operations)
    })
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  async #clear(table: string): Promise<void> {
    let keys: string[]
    do {
      keys = await this.#database.keys(startingWith(table), CLEARED_MAX)
      const removals = keys.map((key): Operation => ({ type: 'del', key }))
      await this.#database.change(() => this.#database.write(removals))
    } while (keys.length > 0)
  }

  async #read(keys: readonly string[]): Promise<(Video | null)[]> {
    const values = await this.#database.getMany([...keys])
    return values.map((value, at) => {
      if (value === undefined) return null
      return JSON.parse(this.#database.checked(keys[at]!, value, parseJsonText)) as Video
    })
  }
}

function isOfAnnotation(change: Change): change is AnnotationChange {
  return 'annotationId' in change
}

function operationsOf({ tenant, videoId, video }: VideoChange, old: Video | null): Operation[] {
  const key = videoKey(tenant, videoId)
  const before = old === null ? [] : entriesOf(tenant, videoId, old)
  const removed = before.map((entry): Operation => ({ type: 'del', key: entry }))
  if (video === null) return [...removed, { type: 'del', key }]
  const put: Operation = { type: 'put', key, value: jsonValue(key, video) }
  return [...removed, ...entriesOf(tenant, videoId, video).map(added), put]
}

/** The keys of the index tables under which a video is found; by its id it is found in the table of videos. */
function entriesOf(tenant: string, videoId: string, video: Video): string[] {
  return indexEntries(videoId, video)
    .filter(({ kind }) => kind !== 'id')
    .map(({ kind, group, text }: IndexEntry) => tableOf(tenant, kind, group) + text)
}

function added(key: string): Operation {
  return { type: 'put', key, value: EMPTY }
}

function indexOperation(): Operation {
  return { type: 'put', key: INDEX_KEY, value: numbersValue(INDEX_KEY, [INDEX_VERSION]) }
}

function videoKey(tenant: string, videoId: string): string {
  return `video/${tenant}${SEPARATOR}${videoId}`
}

/** What the keys of an index begin with. */
function tableOf(tenant: string, kind: IndexKind, group: string): string {
  if (kind === 'id') return videoKey(tenant, '')
  const table = `${kind}/${tenant}${SEPARATOR}`
  return kind === 'member' ? `${table}${group}${SEPARATOR}` : table
}

function startingWith(prefix: string) {
  return { gte: prefix, lt: prefix + LAST }
}
