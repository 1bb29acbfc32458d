// For tests: breakdowns behind their routes, of events that the archive holds, at the end of a day.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Keys, NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../model/bucket.ts'
import type { RawEvent } from '../stores/archive/archive.ts'
import { AdminWorld } from './admin-fixture.ts'
import { atMinute, batchOf, DAY } from './archive-fixture.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const NOW_MS = (DAY + MINUTES_PER_DAY) * MINUTE_MS
export const COUNT = 'by=country&eventType=view&function=count'
export const FIRST_HOUR = `startTime=${DAY * MINUTE_MS}&endTime=${(DAY + 60) * MINUTE_MS}`

export class BreakdownWorld extends AdminWorld {
  #stored = 0

  /** Events of v1, one of each country, a minute after the other; in thousandths, 1000 each. */
  async views(
    minute: number,
    countries: readonly (string | null)[],
    origin: 'events' | 'events-late' = 'events',
  ) {
    const events = countries.map((country, i) => {
      const offset = this.#stored++
      const attributes = country === null ? null : JSON.stringify({ country })
      return atMinute(minute + i, { id: `e${offset}`, offset, valueThousandths: 1_000, attributes })
    })
    await this.archive.store(batchOf('0badcafe-0', origin, events))
  }

  async get(
    status: number,
    query: string,
    headers: Readonly<Record<string, string>> = {},
    subject = 'videos/v1',
  ) {
    const answer = await this.app.inject({ url: `/v1/${subject}/breakdown?${query}`, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return answer
  }

  /** Events of other videos. */
  async others(minute: number, some: readonly (Partial<RawEvent> & { readonly country: string })[]) {
    const events = some.map(({ country, ...fields }, i) => {
      const offset = this.#stored++
      const attributes = JSON.stringify({ country, device: 'tv' })
      return atMinute(minute + i, { id: `e${offset}`, offset, attributes, ...fields })
    })
    await this.archive.store(batchOf('0badcafe-0', 'events', events))
  }

  async channel(channel: string, videoIds: readonly string[], tenant = '') {
    for (const videoId of videoIds) {
      const video = { title: videoId, channel, durationSeconds: null, publishedMs: null }
      await this.videos.put(tenant, videoId, video)
    }
  }

  async lines(query: string, subject?: string): Promise<string[]> {
    const { rows, total } = (await this.get(200, query, {}, subject)).json()
    if (query.includes('function=count'))
      assert.equal(sum(rows.map(({ value }: { value: number }) => value)), total, 'rows add up')
    return rows.map((row: Record<string, unknown>) => `${row.country}${row.isOther ? '*' : ''}: ${row.value}`)
  }
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

export function inWorld(
  name: string,
  run: (world: BreakdownWorld) => Promise<void>,
  keys: Keys = NO_KEYS,
): void {
  it(name, async () => {
    await using directory = await temporaryDirectory()
    const world = new BreakdownWorld(NOW_MS, directory.path, keys)
    await run(world).finally(() => world.app.close())
  })
}
