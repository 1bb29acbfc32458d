// How much is asked at once of the servers that hold titles, so that nothing else that is asked of them waits for it:
// what is beyond is refused. A search can be slow because of what its own tenant did, so it opens no breaker: those of
// the tenant rest after one that the servers could not answer, and no tenant can take all of the room.
import type { Breaker } from '../../lib/breaker.ts'
import type { Clock } from '../../lib/clock.ts'
import { RecentValues } from '../../lib/recent-values.ts'
import { CountsError } from '../cassandra/counts-error.ts'
import { TenantSlots } from './tenant-slots.ts'

export class TitlesError extends Error {
  readonly code: 'busy' | 'not_whole'
  constructor(code: TitlesError['code'], message: string) {
    super(message)
    this.name = 'TitlesError'
    this.code = code
  }
}

/** A list of videos asks for a hundred titles at once. */
const FINDS = { tasksMax: 512, ofTenantMax: 128, askedOfTenantMax: 512, refusal: busy }
const SEARCHES = { tasksMax: 32, ofTenantMax: 4, askedOfTenantMax: 64, refusal: busy }

/** Long enough that a tenant whose searches pass over too much does not keep the servers busy with it. */
const REST_MS = 10_000
const RESTING_MAX = 10_000

export class ReadLimits {
  readonly #breaker: Pick<Breaker, 'run'> | null
  readonly #finds = new TenantSlots(FINDS)
  readonly #searches = new TenantSlots(SEARCHES)
  /** By tenant, until when its searches rest. */
  readonly #resting = new RecentValues<number>(RESTING_MAX)
  readonly #clock: Pick<Clock, 'nowMs'>

  /** `breaker`: of what reads single rows; its failures tell whether the servers are well. */
  constructor(breaker: Pick<Breaker, 'run'> | null, clock: Pick<Clock, 'nowMs'>) {
    this.#breaker = breaker
    this.#clock = clock
  }

  find<T>(tenant: string, call: () => Promise<T>): Promise<T> {
    return this.#finds.use(tenant, () => (this.#breaker === null ? call() : this.#breaker.run(call)))
  }

  async search<T>(tenant: string, call: () => Promise<T>): Promise<T> {
    this.#refuseResting(tenant)
    return this.#searches.use(tenant, () => this.#restAfter(tenant, call))
  }

  async #restAfter<T>(tenant: string, call: () => Promise<T>): Promise<T> {
    this.#refuseResting(tenant) // another one may have failed while this one waited
    try {
      return await call()
    } catch (error) {
      if (error instanceof CountsError) this.#resting.set(tenant, this.#clock.nowMs() + REST_MS, 1)
      throw error
    }
  }

  #refuseResting(tenant: string): void {
    if ((this.#resting.get(tenant) ?? 0) > this.#clock.nowMs())
      throw new TitlesError(
        'busy',
        'A search of this tenant has just failed: its searches rest for a moment.',
      )
  }
}

export function busy(): TitlesError {
  return new TitlesError('busy', 'Too many titles are asked for at once.')
}
