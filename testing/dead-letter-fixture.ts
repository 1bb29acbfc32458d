// For tests: a source that is counted in memory, its dead lane, and a server with the routes of operators.
import assert from 'node:assert/strict'
import { NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { QueryRate } from '../lib/http/query-rate.ts'
import { buildServer } from '../lib/http/server.ts'
import type { Event } from '../model/event.ts'
import { encodeDeadLetter, type KeptDeadLetter } from '../schemas/dead-letter.ts'
import { RecordBuilder } from '../schemas/record.ts'
import { splitRecord } from '../schemas/split-record.ts'
import {
  type DeadLetterRoutesDeps,
  registerDeadLetters,
} from '../services/partitioner/dead-letters/dead-letter-routes.ts'
import { DeadLetters, type DeadLettersDeps } from '../services/partitioner/dead-letters/dead-letters.ts'
import { EVENT_LIMITS } from '../services/partitioner/limits.ts'
import { schemas } from './event-fixture.ts'
import { fixedLayouts } from './fixed-layouts.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryWorld } from './memory-world.ts'

export const ROOT = '/v1/admin/dead-letters'

export class DeadWorld extends MemoryWorld {
  readonly journal = new MemoryJournal()
  readonly deadLetters: DeadLetters
  readonly app = buildServer()

  constructor(deps: Partial<DeadLettersDeps> = {}, routes: Partial<DeadLetterRoutesDeps> = {}) {
    super()
    this.deadLetters = new DeadLetters({
      log: this.log,
      journal: this.journal,
      layouts: fixedLayouts([
        { version: 1, fromMinute: 0, partitions: 1, splits: new Map(), dedicated: new Map() },
      ]),
      clock: { nowMs: () => this.clock.nowMs(), sleep: async () => {} },
      limits: EVENT_LIMITS,
      sourcesFromMs: 0,
      schemas,
      ...deps,
    })
    const rate = new QueryRate({ costPerSecondMax: null }, this.clock)
    registerDeadLetters(this.app, { deadLetters: this.deadLetters, keys: NO_KEYS, schemas, rate, ...routes })
  }

  /** Stores a letter in the dead lane and returns its id. */
  async bury(letter: Partial<KeptDeadLetter>): Promise<string> {
    const place = { source: '00000000-0', offset: 7, index: 0, logTime: this.clock.nowMs() }
    const bytes = Uint8Array.of(9, 9, 9)
    const whole = { ...place, reason: 'not_single_object', bytes, origin: 'event', ...letter } as const
    const [source] = await this.log.sources('events-dead')
    const { offset } = await this.log.append('events-dead', 0, encodeDeadLetter(whole))
    return `${source!.id}:${offset}`
  }

  /** Counts everything in the log. */
  async count(): Promise<void> {
    const [source] = await this.log.sources('events')
    const { endOffset } = await this.log.bounds(source!)
    const driver = await this.driver()
    const running = driver.run()
    await this.until(() => (driver.checkpoint?.offset ?? -1) === endOffset - 1)
    driver.stop()
    await this.whileRunning(running)
  }

  async ask(status: number, method: 'GET' | 'POST', path: string, body?: unknown, headers = {}) {
    const payload = body === undefined ? {} : { payload: body as object }
    const response = await this.app.inject({ method, url: `${ROOT}${path}`, headers, ...payload })
    assert.equal(response.statusCode, status, response.body)
    return response.json()
  }
}

/** An event of now, with the given fields replaced. */
export function anEvent(fields: Partial<Event> & Pick<Event, 'timeMs'>): Event {
  const nothing = { valueThousandths: null, viewerId: null, channelId: null, attributes: null, source: null }
  return { tenant: '', videoId: 'cats', type: 'view', id: 'e1', ...nothing, ...fields }
}

export function encodedEvent(event: Event): Uint8Array {
  return splitRecord(recordOf(event)).events[0]!
}

export function recordOf(...events: readonly Event[]): Uint8Array {
  const builder = new RecordBuilder()
  for (const event of events) builder.add(event)
  return builder.finish()
}
