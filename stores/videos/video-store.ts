// Videos in a database of their own on this machine's disk, with an index of the words of their titles and channels,
// and what people note of them. It also stores how far it has followed a log of changes, in the same atomic batch.
import { NAME_CHARS_MAX } from '../../model/names.ts'
import { SharedDatabase } from '../counts/embedded/shared-database.ts'
import { jsonValue, numbersValue, parseJsonText, parseNumbers } from '../disk/checked-value.ts'
import type { DatabaseCopy } from '../disk/database-copy.ts'
import { LevelDatabase, type Operation } from '../disk/level-database.ts'
import type { MarkState } from '../disk/write-mark.ts'
import {
  ANNOTATION_TABLE,
  type AnnotationChange,
  AnnotationTable,
  annotationKey,
  annotationOperation,
} from './annotation-table.ts'
import type { AnnotationReader } from './annotations.ts'
import { firstMatch, type Place, STAGES, type Stage } from './search-place.ts'
import { folded, INDEX_VERSION, wordStarts } from './title-words.ts'
import { type FoundPage, type FoundVideo, LOOKED_MAX, type Video, type VideoReader } from './videos.ts'

export type Change = VideoChange | AnnotationChange
export type VideoChange = {
  readonly tenant: string
  readonly videoId: string
  /** Null: the video is removed. */
  readonly video: Video | null
}

const FOLLOWED_KEY = 'followed'
/** Noted with the position: a store that was filled without knowing annotations is filled again. */
const FOLLOWED_FORM = 1
/** Which index texts the tables hold. */
const INDEX_KEY = 'index'
/** Of which the keys are made of videos. */
const INDEXES = ['title/', 'channel/', 'member/']
/** Entries of an index that are looked through at once: a part of LOOKED_MAX. */
const MATCHES_READ = 128
/** Sorts after every text that may follow: a name may begin with the last character of Unicode. */
const LAST = '\u{10ffff}'.repeat(NAME_CHARS_MAX + 1)
/** Names hold no control characters. */
const SEPARATOR = '\u0000'
/** Between a key and the next one. */
const NEXT = '\u0000'
const EMPTY = new Uint8Array(0)
/** Entries that are removed in one batch. */
const CLEARED_MAX = 1_000

/** Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable`, `unavailable`; so do all its calls. */
export async function openVideoStore(directory: string): Promise<VideoStore> {
  const store = new VideoStore(new SharedDatabase(await LevelDatabase.open(directory, () => [])))
  await store.indexAnew()
  return store
}

export class VideoStore implements VideoReader, AnnotationReader {
  readonly #database: SharedDatabase
  readonly #annotations: AnnotationTable

  /** Called by openVideoStore. */
  constructor(database: SharedDatabase) {
    this.#database = database
    this.#annotations = new AnnotationTable(database)
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

  async search(tenant: string, prefix: string, limit: number, after: Place | null): Promise<FoundPage> {
    const videos: FoundVideo[] = []
    let given = after
    let looked = after
    let count = 0
    for (const stage of STAGES.slice(STAGES.indexOf(after?.stage ?? 'id'))) {
      const from = after?.stage === stage ? after.text : null
      for await (const entries of this.#matches(tenant, prefix, stage, from)) {
        if (count >= LOOKED_MAX) return { videos, next: looked }
        for (const { place, found } of entries) {
          looked = place
          if (found === null) continue
          if (videos.length === limit) return { videos, next: given }
          videos.push(found)
          given = place
        }
        count += entries.length
      }
    }
    return { videos, next: null }
  }

  async channels(tenant: string, prefix: string, limit: number): Promise<readonly string[]> {
    const text = folded(prefix)
    const found = new Set<string>()
    if (text === '') return []
    const range = startingWith(stageKey('channel', tenant, text))
    let past = ''
    const leap = (key: string) => (past !== '' && key.startsWith(past) ? past + LAST : null)
    for await (const key of this.#database.walk(range, leap)) {
      const [, start, channel] = key.split(SEPARATOR)
      past = `${stageKey('channel', tenant, start!)}${SEPARATOR}${channel}${SEPARATOR}`
      found.add(channel!)
      if (found.size === limit) break
    }
    return Array.from(found)
  }

  async searchChannel(
    tenant: string,
    channel: string,
    prefix: string,
    limit: number,
    after: Place | null = null,
  ): Promise<FoundPage> {
    const members = memberKey(tenant, channel, '')
    const range = startingWith(members)
    const videos: FoundVideo[] = []
    let last = after
    for (let looked = 0; looked < LOOKED_MAX; looked += MATCHES_READ) {
      const rest = last === null ? range : { ...range, gte: members + last.text + NEXT }
      const keys = await this.#database.keys(rest, MATCHES_READ)
      const ids = keys.map((key) => key.slice(members.length))
      const found = await this.#read(ids.map((videoId) => videoKey(tenant, videoId)))
      for (const [at, videoId] of ids.entries()) {
        const video = found[at] ?? null
        const isFound = video?.channel === channel && firstMatch(prefix, videoId, video) !== null
        if (isFound && videos.length === limit) return { videos, next: last }
        if (isFound) videos.push({ videoId, video })
        last = { stage: 'id', text: videoId }
      }
      if (keys.length < MATCHES_READ) return { videos, next: null }
    }
    return { videos, next: last }
  }

  async channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]> {
    const members = memberKey(tenant, channel, '')
    const keys = await this.#database.keys(startingWith(members), limit)
    return keys.map((key) => key.slice(members.length))
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

  /** The position from which to continue; null if nothing was followed yet. */
  async followedTo(): Promise<number | null> {
    const [value] = await this.#database.getMany([FOLLOWED_KEY])
    if (value === undefined) return null
    const [followedTo, form] = this.#database.checked(FOLLOWED_KEY, value, parseNumbers)
    return form === FOLLOWED_FORM ? followedTo! : null
  }

  /**
   * Applies changes in one atomic batch, as if one after the other: of two of a video or an annotation the later one
   * wins, and a video that is removed takes along the annotations of before, also those that its remover did not know.
   */
  async apply(changes: readonly Change[], followedTo: number | null): Promise<void> {
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
      if (followedTo !== null) {
        const value = numbersValue(FOLLOWED_KEY, [followedTo, FOLLOWED_FORM])
        operations.push({ type: 'put', key: FOLLOWED_KEY, value })
      }
      operations.push(indexOperation())
      await this.#database.write(operations)
    })
  }

  /** Removes everything, the position first: after a crash in between, everything is followed again. */
  async clear(): Promise<void> {
    await this.#database.change(() => this.#database.write([{ type: 'del', key: FOLLOWED_KEY }]))
    for (const table of ['video/', ANNOTATION_TABLE, ...INDEXES]) await this.#clear(table)
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  /** Entries of the index after a match, some at a time; `found`: the video, if this stage is the first to find it. */
  async *#matches(
    tenant: string,
    prefix: string,
    stage: Stage,
    after: string | null,
  ): AsyncGenerator<{ readonly place: Place; readonly found: FoundVideo | null }[]> {
    const text = stage === 'id' ? prefix : folded(prefix)
    if (stage !== 'id' && text === '') return
    const table = stageKey(stage, tenant, '')
    const range = startingWith(table + text)
    for (let last = after; ; ) {
      const rest = last === null ? range : { ...range, gte: table + last + NEXT }
      const keys = await this.#database.keys(rest, MATCHES_READ)
      const texts = keys.map((key) => key.slice(table.length))
      const ids = texts.map((one) => one.slice(one.lastIndexOf(SEPARATOR) + 1))
      const videos = await this.#read(ids.map((videoId) => videoKey(tenant, videoId)))
      yield videos.map((video, at) => {
        const place = { stage, text: texts[at]! }
        if (video === null) return { place, found: null } // removed since the index was read
        const videoId = ids[at]!
        const first = firstMatch(prefix, videoId, video)
        const [start] = place.text.split(SEPARATOR)
        const isFirst = first?.stage === stage && (stage === 'id' || first.start === start)
        return { place, found: isFirst ? { videoId, video } : null }
      })
      if (keys.length < MATCHES_READ) return
      last = texts.at(-1)!
    }
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

/** The keys of the index tables under which a video is found. */
function entriesOf(tenant: string, videoId: string, { title, channel }: Video): string[] {
  const titles = wordStarts(title).map((start) => `${stageKey('title', tenant, start)}${SEPARATOR}${videoId}`)
  if (channel === null) return titles
  const channels = wordStarts(channel).map(
    (start) => `${stageKey('channel', tenant, start)}${SEPARATOR}${channel}${SEPARATOR}${videoId}`,
  )
  return [...titles, ...channels, memberKey(tenant, channel, videoId)]
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

/** The table of a stage of a search. */
function stageKey(stage: Stage, tenant: string, text: string): string {
  return stage === 'id' ? videoKey(tenant, text) : `${stage}/${tenant}${SEPARATOR}${text}`
}

function memberKey(tenant: string, channel: string, videoId: string): string {
  return `member/${tenant}${SEPARATOR}${channel}${SEPARATOR}${videoId}`
}

function startingWith(prefix: string) {
  return { gte: prefix, lt: prefix + LAST }
}
