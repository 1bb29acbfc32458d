// What one seed decides before anything happens: the client's settings, and what its program does when.
import type { QueuePolicy } from '../../sdk/src/sending/sending-options.ts'
import type { Random } from '../../simulator/random.ts'

export type Act =
  | { readonly kind: 'track'; readonly events: number; readonly chars: number }
  | { readonly kind: 'flush'; readonly timeoutMs: number }
  | { readonly kind: 'hide' }
  | { readonly kind: 'show' }
  /** The machine loses its client, and starts another one on the same store. */
  | { readonly kind: 'crash' }

export type Plan = {
  readonly isPage: boolean
  readonly hasStore: boolean
  /** Whether each event is asked for its fate. */
  readonly confirms: boolean
  readonly clockAheadMs: number
  readonly hostileMs: number
  /** In the midst of hostility, not after it. */
  readonly closesEarly: boolean
  readonly closeTimeoutMs: number
  readonly acts: readonly { readonly atMs: number; readonly act: Act }[]
  readonly options: {
    readonly batchEvents: number
    readonly batchIntervalMs: number
    readonly queueEventsMax: number
    readonly queueBytesMax: number
    readonly whenFull: QueuePolicy
    readonly concurrency: number
    readonly requestsPerSecondMax: number
    readonly eventAgeMaxMs: number
  }
}

export function makePlan(random: Random): Plan {
  const isPage = random.chance(0.3)
  const hasStore = random.chance(0.4)
  const hostileMs = random.delayMs(240_000, 3_600_000)
  const acts = Array.from({ length: random.int(3, 12) }, () => ({
    atMs: random.int(0, hostileMs),
    act: makeAct(random, isPage, hasStore),
  }))
  return {
    isPage,
    hasStore,
    confirms: random.chance(0.7),
    clockAheadMs: random.chance(0.15)
      ? random.pick([61_000, 600_000, 86_400_000, -1_200_000, -86_400_000])
      : 0,
    hostileMs,
    closesEarly: random.chance(0.2),
    closeTimeoutMs: random.pick([0, 100, 2_000, 10_000]),
    acts: acts.sort((a, b) => a.atMs - b.atMs),
    options: {
      batchEvents: random.pick([1, 5, 20, 100]),
      batchIntervalMs: random.pick([0, 100, 1_000, 5_000]),
      queueEventsMax: random.pick([10, 50, 500, 10_000]),
      queueBytesMax: random.pick([5_000, 50_000, 16 * 1_024 * 1_024]),
      whenFull: random.pick(['drop-newest', 'drop-oldest', 'reject']),
      concurrency: random.int(1, 4),
      requestsPerSecondMax: random.pick([1, 10, 100]),
      eventAgeMaxMs: random.pick([600_000, 7 * 86_400_000]),
    },
  }
}

function makeAct(random: Random, isPage: boolean, hasStore: boolean): Act {
  if (isPage && random.chance(0.2)) return { kind: random.pick(['hide', 'show']) }
  if (hasStore && random.chance(0.1)) return { kind: 'crash' }
  if (random.chance(0.2)) return { kind: 'flush', timeoutMs: random.pick([0, 1_000, 10_000]) }
  if (random.chance(0.1)) return { kind: 'track', events: random.int(50, 200), chars: 0 }
  return { kind: 'track', events: random.int(1, 12), chars: random.chance(0.1) ? random.int(100, 10_000) : 0 }
}
