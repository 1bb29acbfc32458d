// Titles while releases change: one after the other is set, replaced or removed by whichever process the balancer
// asks. In the end each query service shows of every video what was acknowledged last, by id and by search.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import { until } from '../../testing/until.ts'

const VIDEOS = 20
/** Of so many changes one is a removal. */
const REMOVAL_EVERY = 5
const PAUSE_MS = 100
const RETRY_MS = 200

/** What a search finds it by, which no other title has. */
type Taken = { readonly word: string | null; readonly replaced: string | null }

export class Titles {
  readonly #cluster: Cluster
  /** What was acknowledged last. */
  readonly #taken = new Map<string, Taken>()
  #changes = 0

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async setAll(signal: AbortSignal): Promise<void> {
    for (let at = 0; at < VIDEOS; at++) await this.#set(`film-${at}`, signal)
  }

  /** Changes one after the other until `act` has ended, and fails where a change is refused for good. */
  async changedWhile(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    const before = this.#changes
    const [ended, failed] = [new AbortController(), new AbortController()]
    const changing = this.#changeUntil(ended.signal, AbortSignal.any([signal, failed.signal]))
    changing.catch(() => {}) // it is awaited when `act` has ended, which goes on
    try {
      await act()
    } catch (error) {
      failed.abort()
      throw error
    } finally {
      ended.abort()
    }
    await changing
    console.log(`${this.#changes - before} titles were changed meanwhile`)
  }

  async untilShown(signal: AbortSignal): Promise<void> {
    for (const { spec } of this.#cluster.services.filter(({ spec }) => spec.name.startsWith('query-'))) {
      for (const [videoId, taken] of this.#taken) {
        const isShown = () => isShownBy(`http://127.0.0.1:${spec.port}`, videoId, taken, signal)
        await until(`${spec.name} shows ${taken.word ?? 'no title'} of ${videoId}`, isShown)
      }
    }
  }

  async #changeUntil(ended: AbortSignal, signal: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const videoId = `film-${this.#changes % VIDEOS}`
      // Another one in each round, since so many videos are a multiple of it.
      const round = Math.floor(this.#changes / VIDEOS)
      if ((this.#changes + round) % REMOVAL_EVERY === 0) await this.#remove(videoId, signal)
      else await this.#set(videoId, signal)
      await sleep(PAUSE_MS, undefined, { signal })
    }
  }

  async #set(videoId: string, signal: AbortSignal): Promise<void> {
    const word = `take${String(this.#changes++).padStart(6, '0')}`
    await this.#ask('PUT', videoId, signal, { title: `A film of ${videoId} ${word}` })
    this.#taken.set(videoId, { word, replaced: this.#taken.get(videoId)?.word ?? null })
  }

  async #remove(videoId: string, signal: AbortSignal): Promise<void> {
    this.#changes++
    await this.#ask('DELETE', videoId, signal)
    this.#taken.set(videoId, { word: null, replaced: this.#taken.get(videoId)?.word ?? null })
  }

  /** As often as a process cannot be reached, or cannot do it yet. */
  async #ask(method: string, videoId: string, signal: AbortSignal, body?: object): Promise<void> {
    const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    for (;;) {
      const url = `${this.#cluster.url}/v1/videos/${videoId}`
      const answer = await fetch(url, { method, signal, ...sent }).catch(() => null)
      signal.throwIfAborted()
      const text = await answer?.text().catch(() => '')
      if (answer?.ok === true) return
      const isPassing = answer === null || answer.status >= 500 || answer.status === 429
      if (!isPassing) throw new Error(`${method} of a title is refused: ${answer.status} ${text}`)
      await sleep(RETRY_MS, undefined, { signal })
    }
  }
}

/** Only what it shows at this moment: another process may be a few seconds ahead. */
async function isShownBy(
  url: string,
  videoId: string,
  { word, replaced }: Taken,
  signal: AbortSignal,
): Promise<boolean> {
  const answer = await fetch(`${url}/v1/videos/${videoId}`, { signal })
  const { title } = (await answer.json()) as { title?: string }
  if (word === null ? answer.status !== 404 : !title?.endsWith(word)) return false
  if (replaced !== null && (await found(url, replaced, signal)).length > 0) return false
  return word === null || (await found(url, word, signal)).join() === videoId
}

/** Ids of videos. Where the search cannot be answered, one that is none. */
async function found(url: string, word: string, signal: AbortSignal): Promise<string[]> {
  const answer = await fetch(`${url}/v1/videos?search=${word}`, { signal })
  const { videos } = (await answer.json()) as { videos?: readonly { readonly videoId: string }[] }
  return videos?.map(({ videoId }) => videoId) ?? ['not answered']
}
