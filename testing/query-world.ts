// For tests of questions about many videos that the archive answers: three hours of views with a country and a device.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Keys, NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { AUTOMATED } from '../model/automated.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../model/bucket.ts'
import type { RawEvent } from '../stores/archive/archive.ts'
import { AdminWorld } from './admin-fixture.ts'
import { atMinute, batchOf, DAY } from './archive-fixture.ts'
import { BATCH_SETTINGS, VIEWS } from './batch-world.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const KEEPING = { ...BATCH_SETTINGS, dimensions: [...BATCH_SETTINGS.dimensions, AUTOMATED] }
export const NOW = DAY + MINUTES_PER_DAY
export const ASKED = { videoIds: ['v1', 'v2'], eventTypes: 'view' }
export const time = (minute: number) => new Date(minute * MINUTE_MS).toISOString()
export const HOURS = { startTime: time(DAY), endTime: time(DAY + 180), granularity: 'PT1H' }

type Point = { readonly values: { readonly count: number } }
type Row = {
  readonly videoId?: string
  readonly eventType?: string
  readonly channelId?: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly isOther?: true
  readonly values: { readonly count: number }
  readonly series?: readonly Point[]
  readonly previous?: { readonly values: { readonly count: number } }
}

export class QueryWorld extends AdminWorld {
  #stored = 0

  /** Views, a country each, that the stream has counted. */
  async views(minute: number, countries: readonly (string | null)[], fields: Partial<RawEvent> = {}) {
    const events = countries.map((country) => {
      const offset = this.#stored++
      const attributes =
        country === null ? null : JSON.stringify({ country, device: offset % 2 ? 'tv' : 'web' })
      return atMinute(minute, { id: `e${offset}`, offset, attributes, ...fields })
    })
    await this.archive.store(batchOf('0badcafe-0', 'events', events))
    await this.streamed(minute, countries.length, { ...VIEWS, ...fields })
  }

  async post(status: number, body: object, headers: Readonly<Record<string, string>> = {}) {
    const answer = await this.app.inject({ method: 'POST', url: '/v1/query', payload: body, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return answer
  }

  async answer(body: object) {
    return (await this.post(200, { ...ASKED, ...body })).json()
  }

  /** What `stats` and `breakdown` of the same channel, or site, say. */
  async get(path: string) {
    const answer = await this.app.inject(`/v1/${path}`)
    assert.equal(answer.statusCode, 200, answer.body)
    return answer.json()
  }

  /** Names the channel of some videos. */
  async inChannel(channel: string, videoIds: readonly string[]) {
    for (const videoId of videoIds)
      await this.videos.put('', videoId, {
        title: videoId,
        channel,
        durationSeconds: null,
        publishedMs: null,
      })
  }

  async lines(body: object): Promise<string[]> {
    return (await this.answer(body)).rows.map(lineOf)
  }

  async refusal(body: object) {
    const { errors } = (await this.post(400, { ...ASKED, ...body })).json()
    assert.equal(errors.length, 1, JSON.stringify(errors))
    return `${errors[0].parameter} ${errors[0].code}: ${errors[0].detail}`
  }
}

export function lineOf({
  videoId,
  eventType,
  channelId,
  attributes,
  isOther,
  values,
  series,
  previous,
}: Row): string {
  const keys = [videoId, eventType, channelId, ...Object.values(attributes ?? {})].filter(
    (key) => key !== undefined,
  )
  const points = series === undefined ? '' : ` (${series.map((point) => point.values.count).join(' ')})`
  const before = previous === undefined ? '' : ` after ${previous.values.count}`
  return `${keys.join(' ')}${isOther ? '*' : ''}: ${values.count}${points}${before}`
}

export function inQueryWorld(
  name: string,
  run: (world: QueryWorld) => Promise<void>,
  keys: Keys = NO_KEYS,
): void {
  it(name, async () => {
    await using directory = await temporaryDirectory()
    const world = new QueryWorld(NOW * MINUTE_MS, directory.path, keys)
    await run(world).finally(() => world.app.close())
  })
}

/** Three hours, and another video. */
export async function some(world: QueryWorld) {
  await world.views(DAY + 5, ['DE', 'DE', 'FR', null])
  await world.views(DAY + 65, ['DE', 'PT'])
  await world.views(DAY + 125, ['FR', 'FR', 'ES'])
  await world.views(DAY + 125, ['DE', 'DE'], { videoId: 'v2' })
  await world.views(DAY + 5, ['XX'], { videoId: 'v3' })
  await world.views(DAY + 5, ['XX'], { type: 'like' })
}

/** In the place of `videoIds`. */
export const SITE = { videoIds: undefined, site: true }
export const PETS = { videoIds: undefined, channelId: 'Pets' }
