// Shares sources through a consumer group: turns the group's assignment into sources. The group only decides who
// counts what; it is not used for records, offsets or fencing. A failed membership is replaced by a new one.
import type { Clock } from '../../lib/clock.ts'
import type { Lane, Source } from '../log/log.ts'
import type { GroupOptions } from './group-settings.ts'
import { GROUP_TIMING, LEAVE_TIMEOUT_MS } from './group-settings.ts'
import type { Ownership } from './ownership.ts'

/** One membership in the group. */
export interface Membership {
  /** Whether heartbeats are still answered. */
  isAlive(): boolean
  /** Never takes longer than LEAVE_TIMEOUT_MS. */
  leave(): Promise<void>
}

export type MemberEvents = {
  assigned(partitions: readonly number[]): void
}

/** Joins the group for this topic. Rejects when that fails; a later loss shows in `isAlive`. */
export type Join = (topic: string, events: MemberEvents) => Promise<Membership>

export class GroupOwnership implements Ownership {
  readonly #options: GroupOptions & { readonly clock: Clock }
  readonly #join: Join
  readonly #closing = new AbortController()
  readonly #lane: Lane
  #watching: Promise<void> | null = null
  #outsideSinceMs: number | null = Number.NEGATIVE_INFINITY
  #partitionCount = 0

  constructor(options: GroupOptions & { readonly clock: Clock }, join: Join) {
    this.#options = options
    this.#lane = options.lane ?? 'events'
    this.#join = join
  }

  get outsideSinceMs(): number | null {
    return this.#outsideSinceMs
  }

  async claim(onChange: (sources: readonly Source[]) => void): Promise<void> {
    this.#watching = this.#watch(onChange)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const left = new AbortController()
    const late = this.#options.clock.sleep(2 * LEAVE_TIMEOUT_MS, left.signal) // joining may wait for others
    await Promise.race([this.#watching, late])
    left.abort()
  }

  async #watch(onChange: (sources: readonly Source[]) => void): Promise<void> {
    const { clock, timing = GROUP_TIMING, onTrouble } = this.#options
    const { signal } = this.#closing
    let membership: Membership | null = null
    while (!signal.aborted) {
      try {
        if (membership !== null && (!membership.isAlive() || (await this.#hasGrown()))) {
          this.#outsideSinceMs ??= clock.nowMs()
          await membership.leave()
          membership = null
        }
        membership ??= await this.#enter(onChange)
      } catch (error) {
        if (!signal.aborted) onTrouble(error)
      }
      await clock.sleep(timing.watchMs, signal)
    }
    await membership?.leave()
  }

  async #enter(onChange: (sources: readonly Source[]) => void): Promise<Membership> {
    const { log } = this.#options
    const sources = await log.sources(this.#lane)
    this.#partitionCount = sources.length
    return this.#join(log.topicOf(this.#lane), {
      assigned: (partitions) => {
        if (this.#closing.signal.aborted) return
        this.#outsideSinceMs = null
        onChange(sources.filter(({ partition }) => partitions.includes(partition)))
      },
    })
  }

  /** The group does not notice by itself that a topic has grown. */
  async #hasGrown(): Promise<boolean> {
    return (await this.#options.log.sources(this.#lane)).length > this.#partitionCount
  }
}
