// Searches for videos, over an index and a table of videos, whatever they are stored in. The index may hold entries of
// videos that have been renamed or removed since: what is found is compared with the video itself.
import { type IndexKind, LAST, SEPARATOR, videoIdOf } from './index-entries.ts'
import { firstMatch, type Place, STAGES, type Stage } from './search-place.ts'
import { folded } from './title-words.ts'
import { type FoundPage, type FoundVideo, LOOKED_MAX, type Video } from './videos.ts'

export type IndexRange = {
  readonly tenant: string
  readonly kind: IndexKind
  readonly group: string
  /** What the texts begin with; of titles and channels never empty. */
  readonly prefix: string
  /** Only those after this text. */
  readonly after: string | null
}

export interface SearchTables {
  /** The first `limit` texts of an index, in the order of their bytes. */
  entries(range: IndexRange, limit: number): Promise<readonly string[]>
  /** In the same order. */
  videos(tenant: string, videoIds: readonly string[]): Promise<readonly (Video | null)[]>
}

/** Entries of an index that are looked through at once: a part of LOOKED_MAX. */
const MATCHES_READ = 128
/** So often the names of channels are looked up, a few at a time. */
const CHANNEL_LOOKS_MAX = 32
const CHANNEL_ENTRIES_READ = 8
/** So often members of a channel are looked up, where most that are found have left it. */
const MEMBER_LOOKS_MAX = 4

type Match = { readonly place: Place; readonly found: FoundVideo | null }

export class VideoSearch {
  readonly #tables: SearchTables

  constructor(tables: SearchTables) {
    this.#tables = tables
  }

  async search(tenant: string, prefix: string, limit: number, after: Place | null): Promise<FoundPage> {
    const videos: FoundVideo[] = []
    let given = after
    let looked = after
    let count = 0
    for (const stage of STAGES.slice(STAGES.indexOf(after?.stage ?? 'id'))) {
      const from = after?.stage === stage ? after.text : null
      for await (const entries of this.#matches(tenant, prefix, stage, from, limit)) {
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
    let after: string | null = null
    let seen: string | null = null
    for (let look = 0; text !== '' && look < CHANNEL_LOOKS_MAX; look++) {
      const range: IndexRange = { tenant, kind: 'channel', group: '', prefix: text, after }
      const entries = await this.#tables.entries(range, CHANNEL_ENTRIES_READ)
      const videos = await this.#tables.videos(tenant, entries.map(videoIdOf))
      for (const [at, entry] of entries.entries()) {
        if (seen !== null && entry.startsWith(seen)) continue
        const channel = entry.split(SEPARATOR)[1]!
        if (videos[at]?.channel !== channel) {
          after = entry
          continue
        }
        found.add(channel)
        if (found.size === limit) return Array.from(found)
        seen = entry.slice(0, -videoIdOf(entry).length)
        after = seen + LAST
      }
      if (entries.length < CHANNEL_ENTRIES_READ) break
    }
    return Array.from(found)
  }

  async searchChannel(
    tenant: string,
    channel: string,
    prefix: string,
    limit: number,
    after: Place | null,
  ): Promise<FoundPage> {
    const videos: FoundVideo[] = []
    let last = after
    for (let looked = 0; looked < LOOKED_MAX; looked += MATCHES_READ) {
      const ids = await this.#members(tenant, channel, last?.text ?? null, MATCHES_READ)
      const found = await this.#tables.videos(tenant, ids)
      for (const [at, videoId] of ids.entries()) {
        const video = found[at] ?? null
        const isFound = video?.channel === channel && firstMatch(prefix, videoId, video) !== null
        if (isFound && videos.length === limit) return { videos, next: last }
        if (isFound) videos.push({ videoId, video })
        last = { stage: 'id', text: videoId }
      }
      if (ids.length < MATCHES_READ) return { videos, next: null }
    }
    return { videos, next: last }
  }

  async channelVideos(tenant: string, channel: string, limit: number): Promise<readonly string[]> {
    const ids: string[] = []
    let after: string | null = null
    for (let look = 0; look < MEMBER_LOOKS_MAX; look++) {
      const members: readonly string[] = await this.#members(tenant, channel, after, limit)
      const videos = await this.#tables.videos(tenant, members)
      ids.push(...members.filter((_, at) => videos[at]?.channel === channel))
      if (members.length < limit || ids.length >= limit) return ids.slice(0, limit)
      after = members.at(-1)!
    }
    throw new Error('The index of a channel holds too much that is not in the channel any more.')
  }

  #members(tenant: string, channel: string, after: string | null, limit: number) {
    return this.#tables.entries({ tenant, kind: 'member', group: channel, prefix: '', after }, limit)
  }

  /** Entries of the index after a match, some at a time; `found`: the video, if this stage is the first to find it. */
  async *#matches(
    tenant: string,
    prefix: string,
    stage: Stage,
    after: string | null,
    limit: number,
  ): AsyncGenerator<Match[]> {
    const text = stage === 'id' ? prefix : folded(prefix)
    if (stage !== 'id' && text === '') return
    let asked = Math.min(MATCHES_READ, limit + 1)
    for (let last = after; ; asked = MATCHES_READ) {
      const range = { tenant, kind: stage, group: '', prefix: text, after: last }
      const texts = await this.#tables.entries(range, asked)
      const videos = await this.#tables.videos(tenant, texts.map(videoIdOf))
      yield texts.map((entry, at) => {
        const place = { stage, text: entry }
        return { place, found: foundBy(prefix, place, videos[at] ?? null) }
      })
      if (texts.length < asked) return
      last = texts.at(-1)!
    }
  }
}

/** Null if the video has been removed or renamed since the index was read, or an earlier entry finds it too. */
function foundBy(prefix: string, { stage, text }: Place, video: Video | null): FoundVideo | null {
  if (video === null) return null
  const videoId = videoIdOf(text)
  const first = firstMatch(prefix, videoId, video)
  const [start, channel] = text.split(SEPARATOR)
  const isFirst = first?.stage === stage && (stage === 'id' || first.start === start)
  return isFirst && (stage !== 'channel' || channel === video.channel) ? { videoId, video } : null
}
