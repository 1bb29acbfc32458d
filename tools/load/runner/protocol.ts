// The messages between the main thread and its workers.
import type { CheckCount } from './checks.ts'
import type { Deltas, MetricKind } from './measure/registry.ts'
import type { Share } from './schedule/execute.ts'

export type WorkerSettings = {
  /** A path. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  readonly share: Share
}

/** A script after its init context, with its options as JSON. */
export type Loaded = {
  readonly options: string
  readonly functions: readonly string[]
  readonly metrics: readonly (readonly [name: string, kind: MetricKind])[]
}

export type Request =
  | { readonly kind: 'load' }
  | { readonly kind: 'call'; readonly name: string; readonly argument: unknown; readonly timeoutMs: number }
  /** Resolves when all scenarios have ended. */
  | { readonly kind: 'run'; readonly data: unknown }
  /** Starts no further iterations; running ones may end. */
  | { readonly kind: 'stop' }

export type ToWorker = { readonly id: number; readonly request: Request }

export type Ended = { readonly interrupted: number; readonly checks: readonly CheckCount[] }

export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly message: string; readonly isFault: boolean }
  | { readonly kind: 'samples'; readonly deltas: Deltas }
  | { readonly kind: 'failed-iteration'; readonly message: string }
  | { readonly kind: 'abort'; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }
