// The layouts that all partitioners share, in the meta topic. Each partitioner reads it every few seconds. A new
// layout takes effect late enough for all to have seen it, and a partitioner that could not read for too long stops
// routing (law 5).

import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { partitionsNeeded } from '../../../model/validate-layouts.ts'
import { type LayoutChange, requestedLayout } from '../../layouts/layout-changes.ts'
import { followSettings, isAlike, toJson } from '../../layouts/layout-form.ts'
import type { WantedLayout } from '../../layouts/layout-settings.ts'
import type { ChangeableLayouts, ChangeRequest } from '../../layouts/layouts.ts'
import { LogError } from '../log.ts'
import { growTopics } from './create-topics.ts'
import type { KafkaClient } from './kafka-client.ts'
import { layoutsInForce } from './layout-order.ts'
import { readMeta, writeMeta } from './meta.ts'
import { metaTopicOf } from './topics.ts'

export type KafkaLayoutsOptions = {
  readonly client: KafkaClient
  readonly clock: Clock
  /** The first part of every topic's name. */
  readonly prefix: string
  /** How far ahead of our clock an event's time may be. */
  readonly aheadMs: number
  /**
   * The time from when the log has a new layout to its first minute. The same in all processes that share the log.
   */
  readonly leadMs?: number
  readonly refreshMs?: number
  /** A word that no other proposal has. */
  readonly newProposalId: () => string
  readonly onRefreshFailed: (error: unknown) => void
}

/** Long enough to ride out most absences of Kafka on the spool. */
export const LAYOUT_LEAD_MS = 15 * MINUTE_MS
const REFRESH_MS = 3_000
/**
 * How far the clocks of any two machines may differ, brokers included, plus the time for a proposal to reach the log.
 */
const CLOCK_SLACK_MS = 30_000
/** How often other proposals may be first before this gives up. */
const PROPOSALS_MAX = 5

/** Reads the layouts, and continues until closed. Fails with LogError. The list is empty until one is proposed. */
export async function openKafkaLayouts(options: KafkaLayoutsOptions): Promise<KafkaLayouts> {
  const layouts = new KafkaLayouts(options)
  try {
    await layouts.refresh()
    return layouts
  } catch (error) {
    await layouts.close()
    throw error
  }
}

export class KafkaLayouts implements ChangeableLayouts {
  readonly #options: KafkaLayoutsOptions
  readonly #topic: string
  readonly #leadMs: number
  readonly #closing = new AbortController()
  readonly #refreshing: Promise<void>
  #layouts: readonly Layout[] = []
  #asOfMs = -Infinity

  /** For openKafkaLayouts. */
  constructor(options: KafkaLayoutsOptions) {
    this.#options = options
    this.#topic = metaTopicOf(options.prefix)
    this.#leadMs = options.leadMs ?? LAYOUT_LEAD_MS
    this.#refreshing = this.#refreshAtIntervals()
  }

  /**
   * Throws LogError `unavailable` if they have not been read for so long that an unknown layout may be in force:
   * events must not be routed then.
   */
  current(): readonly Layout[] {
    const { clock, aheadMs } = this.#options
    const unreadMs = clock.nowMs() - this.#asOfMs
    if (unreadMs > this.#leadMs - aheadMs - CLOCK_SLACK_MS) {
      const seconds = Math.round(unreadMs / 1_000)
      throw new LogError(
        'unavailable',
        `The layouts could not be read for ${seconds} s: others may be in force.`,
      )
    }
    return this.#layouts
  }

  async refresh(): Promise<void> {
    const askedMs = this.#options.clock.nowMs()
    this.#layouts = layoutsInForce(await readMeta(this.#options.client, this.#topic), this.#leadMs)
    this.#asOfMs = askedMs
  }

  /**
   * Adds a layout for the wanted settings, unless the newest one already matches, and returns all of them. The
   * overload lane stays as it is. The log must have the partitions. The first layout is in force at once. Fails with
   * LogError `unavailable`.
   */
  propose(wanted: Omit<WantedLayout, 'overflow'>): Promise<readonly Layout[]> {
    return this.#add((newest, place) =>
      followSettings(newest, { ...wanted, overflow: newest?.overflow === true }, place),
    )
  }

  /**
   * Like `propose`, with the newest layout and the overload lane switched on or off. Fails also with LogError
   * `unknown_partition` if there is no layout yet.
   */
  proposeOverflow(overflow: boolean): Promise<readonly Layout[]> {
    return this.#add((newest, place) => ({ ...needed(newest), ...place, overflow }))
  }

  /** Fails also with LogError `unknown_partition` if there is no layout yet. */
  async change(change: LayoutChange, request: ChangeRequest): Promise<readonly Layout[]> {
    let proposed: Layout | null = null
    const next = (newest: Layout | undefined, earliestMinute: number): Layout => {
      if (proposed !== null && this.#has(proposed)) return needed(newest)
      proposed = requestedLayout(needed(newest), change, request, earliestMinute)
      return proposed ?? needed(newest)
    }
    if (change.act === 'dedicate') {
      const { client, clock, prefix } = this.#options
      await this.refresh()
      const newest = this.#layouts.at(-1)
      const layout = next(newest, this.#minuteAfter(newest, clock.nowMs()))
      await growTopics({ client, clock, prefix }, partitionsNeeded([layout]))
    }
    return this.#add((newest, { fromMinute }) => next(newest, fromMinute))
  }

  async #add(
    make: (newest: Layout | undefined, place: Pick<Layout, 'version' | 'fromMinute'>) => Layout,
  ): Promise<readonly Layout[]> {
    const { client, clock, newProposalId } = this.#options
    for (let attempt = 0; attempt < PROPOSALS_MAX; attempt++) {
      await this.refresh()
      const newest = this.#layouts.at(-1)
      const fromMinute = this.#minuteAfter(newest, clock.nowMs())
      const next = make(newest, { version: (newest?.version ?? 0) + 1, fromMinute })
      if (newest !== undefined && isAlike(newest, next)) return this.#layouts
      await writeMeta(client, this.#topic, 'layout', `${next.version}-${newProposalId()}`, toJson(next))
    }
    throw new LogError('unavailable', 'Other layouts were repeatedly proposed at the same time.')
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#refreshing
  }

  /** Whether a proposal became a layout: it is ignored where another was first, or the log took it too late. */
  #has({ version, fromMinute, ...routing }: Layout): boolean {
    const found = this.#layouts.find((layout) => layout.version === version)
    return found?.fromMinute === fromMinute && isAlike(found, { version, fromMinute, ...routing })
  }

  #minuteAfter(newest: Layout | undefined, nowMs: number): number {
    if (newest === undefined) return 0
    const earliest = Math.ceil((nowMs + this.#leadMs + CLOCK_SLACK_MS) / MINUTE_MS)
    return Math.max(earliest, newest.fromMinute + 1)
  }

  async #refreshAtIntervals(): Promise<void> {
    const { clock, refreshMs = REFRESH_MS, onRefreshFailed } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      await clock.sleep(refreshMs, signal)
      if (!signal.aborted) await this.refresh().catch(onRefreshFailed)
    }
  }
}

function needed(newest: Layout | undefined): Layout {
  if (newest !== undefined) return newest
  throw new LogError('unknown_partition', 'There is no layout yet: make topics first.')
}
