// Which broker a partition is read from where the process has told in which rack it is: the leader of the partition
// names the replica that is nearest (KIP-392). Reads go to it until it fails or is behind, and then to the leader for
// a while. A follower learns late of what is committed, and refuses offsets that it does not have yet: how far the
// log goes, and whether an offset exists, is the word of the leader alone.
import type { Fetched, FetchLimit } from './kafka-client.ts'

/** One answer of a broker; `nearest` is the broker that the leader sends us to, instead of records. */
export type ReplicaAnswer = { readonly fetched: Fetched; readonly nearest: number | null }

/** What is fetched, and from where on. */
export type FetchPlace = {
  readonly topic: string
  readonly partition: number
  readonly fromOffset: number
  readonly limit: FetchLimit
}

export type ReplicaCalls = {
  /** @param broker null: the leader. @param rack '': the leader answers itself. */
  fetch(broker: number | null, rack: string): Promise<ReplicaAnswer>
  /** The end of the partition, by its leader. */
  endOffset(): Promise<number>
}

/** As brokers name one: below 0 is nobody. */
export function nodeIdOf(preferred: number): number | null {
  return preferred >= 0 ? preferred : null // brokers before 2.3 name none
}

type Choice = { readonly broker: number } | { readonly leaderUntilMs: number }

/** As long as a broker that hangs may count as in sync. */
const LEADER_MS = 30_000
/** A follower that has waited for this long, and still lacks what the leader had before, is behind. */
const BEHIND_WAIT_MS = 500

export class NearestReplicas {
  readonly #rack: string
  readonly #nowMs: () => number
  readonly #choices = new Map<string, Choice>()

  /** @param rack '': every read goes to the leader */
  constructor(rack: string, nowMs: () => number) {
    this.#rack = rack
    this.#nowMs = nowMs
  }

  /** @param partition names it. Fails as the leader does. */
  async fetch(
    partition: string,
    fromOffset: number,
    { waitMs, anyReplica }: FetchLimit,
    calls: ReplicaCalls,
  ): Promise<Fetched> {
    if (!anyReplica) return (await calls.fetch(null, '')).fetched
    const broker = await this.#brokerOf(partition, calls)
    if (typeof broker !== 'number') return broker.fetched
    try {
      // The end is asked for while the follower waits: what was appended before the call is below it.
      const [endOffset, { fetched }] = await Promise.all([calls.endOffset(), calls.fetch(broker, this.#rack)])
      const isBehind = fetched.nextOffset === fromOffset && fromOffset < endOffset
      if (isBehind && waitMs >= BEHIND_WAIT_MS) this.#avoid(partition)
      return { ...fetched, endOffset: Math.max(endOffset, fetched.endOffset) }
    } catch {
      this.#avoid(partition)
      return (await calls.fetch(null, '')).fetched
    }
  }

  /** The follower to ask, or what the leader has answered itself. */
  async #brokerOf(partition: string, calls: ReplicaCalls): Promise<number | ReplicaAnswer> {
    const choice = this.#choices.get(partition)
    if (choice !== undefined && 'broker' in choice) return choice.broker
    const isAvoided = choice !== undefined && this.#nowMs() < choice.leaderUntilMs
    const answer = await calls.fetch(null, isAvoided ? '' : this.#rack)
    if (answer.nearest === null) return answer
    this.#choices.set(partition, { broker: answer.nearest })
    return answer.nearest
  }

  #avoid(partition: string): void {
    this.#choices.set(partition, { leaderUntilMs: this.#nowMs() + LEADER_MS })
  }
}
