// The layouts that all partitioners share, in the meta topic. Each partitioner reads it every few seconds. What it has
// read is final for the minutes up to a lead after the newest log time in it, and for no others (law 5): so the topic
// gets an entry every few seconds, and whoever does not see new entries any more stops to route by itself.

import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { partitionsNeeded } from '../../../model/validate-layouts.ts'
import { type LayoutChange, requestedLayout } from '../../layouts/layout-changes.ts'
import { followSettings, isAlike, toJson } from '../../layouts/layout-form.ts'
import type { WantedLayout } from '../../layouts/layout-settings.ts'
import { type ChangeableLayouts, type ChangeRequest, LayoutError } from '../../layouts/layouts.ts'
import { LogError } from '../log.ts'
import { growTopics } from './create-topics.ts'
import type { KafkaClient } from './kafka-client.ts'
import {
  FIRST_LEAD_MS,
  isAgreed,
  type LayoutOrder,
  type LeadEntry,
  layoutOrder,
  unknownFromMinute,
} from './layout-order.ts'
import { removableKeys } from './layout-removal.ts'
import { type MetaEntry, MetaReader, removeMeta, writeMeta } from './meta.ts'
import { metaTopicOf } from './topics.ts'

export type KafkaLayoutsOptions = {
  readonly client: KafkaClient
  readonly clock: Clock
  /** The first part of every topic's name. */
  readonly prefix: string
  readonly refreshMs?: number
  /** Of a process that routes: it sees to it that entries come, and removes those that nobody needs any more. */
  readonly renewal?: Renewal | null
  /** A word that no other proposal has. */
  readonly newProposalId: () => string
  readonly onRefreshFailed: (error: unknown) => void
}

export type Renewal = {
  /** No older events are accepted. */
  readonly retentionMs: number
  /** So many entries are removed at once, or a few more. */
  readonly removedMin?: number
}

/**
 * The lead of new logs. A layout begins within a minute after it, so that a video that goes viral is split within two
 * minutes. What it costs: of events from the future more than this ahead wait on disk, and so do all events when the
 * topic cannot be read for so long.
 */
export const LEAD_MS = 40_000
const REFRESH_MS = 3_000
/** How long it may take until the log has a proposal; longer with each attempt. */
export const PROPOSING_MS = 3_000
/**
 * Where no lead is agreed: how far the clocks of any two machines may differ, brokers included, plus the time for a
 * proposal to reach the log.
 */
const CLOCK_SLACK_MS = 30_000
/** How often other proposals may be first before this gives up. */
const PROPOSALS_MAX = 5
const REMOVED_MIN = 1_000

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
  readonly #reader: MetaReader
  readonly #closing = new AbortController()
  readonly #refreshing: Promise<void>
  #entries: readonly MetaEntry[] = []
  #order: LayoutOrder = layoutOrder([])
  /** When the entries were asked for, by our clock. */
  #askedMs = Number.NEGATIVE_INFINITY

  /** For openKafkaLayouts. */
  constructor(options: KafkaLayoutsOptions) {
    this.#options = options
    this.#topic = metaTopicOf(options.prefix)
    this.#reader = new MetaReader(options.client, this.#topic)
    this.#refreshing = this.#refreshAtIntervals()
  }

  /** As far as they are known here: events of `unknownFromMinute` and later must not be routed by them yet. */
  current(): readonly Layout[] {
    return this.#order.layouts
  }

  /** What is known of the minutes before is final, however old it gets and however long this process is paused. */
  unknownFromMinute(): number {
    const untilMs = this.#askedMs + FIRST_LEAD_MS - CLOCK_SLACK_MS
    return unknownFromMinute(this.#order) ?? Math.ceil(untilMs / MINUTE_MS)
  }

  /** The log time of the newest entry that is known here, epoch ms. */
  get asOfMs(): number {
    return this.#order.asOfMs
  }

  async refresh(): Promise<void> {
    const askedMs = this.#options.clock.nowMs()
    let entries = await this.#reader.read()
    if (entries !== this.#entries) {
      let order = layoutOrder(entries)
      if (order.isMissingSome) {
        entries = await this.#reader.readAgain() // until this succeeds, nothing is routed by what is known
        order = layoutOrder(entries)
      }
      this.#order = order
    }
    this.#entries = entries
    this.#askedMs = Math.max(this.#askedMs, askedMs)
  }

  /**
   * Agrees on a lead, if none is agreed yet. With layouts there must be no process of a version that knows no such
   * lead; then it holds after a quarter of an hour.
   */
  async agreeOnLead(leadMs = LEAD_MS): Promise<void> {
    const { client, newProposalId } = this.#options
    await this.refresh()
    if (this.#order.agreedLeadMs !== null) return
    const entry: LeadEntry = { leadMs, atOnce: this.#order.layouts.length === 0 }
    await writeMeta(client, this.#topic, 'lead', newProposalId(), entry)
    await this.refresh()
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
    if (change.act === 'withdraw') await this.#refuseUnlessAgreed()
    const next = (newest: Layout | undefined, changeableMinute: number): Layout => {
      if (proposed !== null && this.#has(proposed)) return needed(newest)
      needed(newest)
      proposed = requestedLayout(this.current(), change, request, changeableMinute)
      return proposed ?? needed(newest)
    }
    if (change.act === 'dedicate') {
      const { client, clock, prefix } = this.#options
      await this.refresh()
      const layout = next(this.current().at(-1), this.#changeableMinute(1))
      await growTopics({ client, clock, prefix }, partitionsNeeded([layout]))
    }
    return this.#add((newest, _, changeableMinute) => next(newest, changeableMinute))
  }

  async #add(
    make: (
      newest: Layout | undefined,
      place: Pick<Layout, 'version' | 'fromMinute'>,
      changeableMinute: number,
    ) => Layout,
  ): Promise<readonly Layout[]> {
    const { client, newProposalId } = this.#options
    for (let attempt = 1; attempt <= PROPOSALS_MAX; attempt++) {
      if (this.#order.agreedLeadMs !== null) await this.#tick()
      await this.refresh()
      const newest = this.current().at(-1)
      const changeable = this.#changeableMinute(attempt)
      const fromMinute = newest === undefined ? 0 : Math.max(changeable, newest.fromMinute + 1)
      const next = make(newest, { version: (newest?.version ?? 0) + 1, fromMinute }, changeable)
      if (newest !== undefined && isAlike(newest, next) && next.fromMinute >= newest.fromMinute)
        return this.current()
      await writeMeta(client, this.#topic, 'layout', `${next.version}-${newProposalId()}`, toJson(next))
    }
    throw new LogError('unavailable', 'Other layouts were repeatedly proposed at the same time.')
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#refreshing
  }

  async #refuseUnlessAgreed(): Promise<void> {
    await this.refresh()
    if (isAgreed(this.#order)) return
    const detail =
      'This log has no agreed lead yet, so nothing can be taken back: npm run topics -- --short-lead'
    throw new LayoutError('refused', detail)
  }

  /** Whether a proposal became a layout: it is ignored where another was first, or the log took it too late. */
  #has({ version, fromMinute, ...routing }: Layout): boolean {
    const found = this.current().find((layout) => layout.version === version)
    return found?.fromMinute === fromMinute && isAlike(found, { version, fromMinute, ...routing })
  }

  /** The first minute that a proposal can still change, if it is made right after a reading. */
  #changeableMinute(attempt: number): number {
    const { asOfMs, agreedLeadMs } = this.#order
    const takenMs = isAgreed(this.#order)
      ? asOfMs + agreedLeadMs! + attempt * PROPOSING_MS
      : this.#options.clock.nowMs() + FIRST_LEAD_MS + CLOCK_SLACK_MS
    return Math.ceil(takenMs / MINUTE_MS)
  }

  async #refreshAtIntervals(): Promise<void> {
    const { clock, refreshMs = REFRESH_MS, onRefreshFailed } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      await clock.sleep(refreshMs, signal)
      if (!signal.aborted) await this.#renew().catch(onRefreshFailed)
    }
  }

  /** Adds an entry, where nobody else has since the last time. */
  async #renew(): Promise<void> {
    const { renewal = null } = this.#options
    const known = this.#entries
    await this.refresh()
    if (renewal === null || this.#order.agreedLeadMs === null || this.#entries !== known) return
    await this.#tick()
    await this.refresh()
    if (isAgreed(this.#order)) await this.#remove(renewal)
  }

  async #tick(): Promise<void> {
    const { client, newProposalId } = this.#options
    await writeMeta(client, this.#topic, 'tick', newProposalId(), 0)
  }

  async #remove({ retentionMs, removedMin = REMOVED_MIN }: Renewal): Promise<void> {
    const minute = Math.floor((this.#order.asOfMs - retentionMs) / MINUTE_MS)
    if (this.#entries.length < removedMin) return
    const keys = removableKeys(this.#entries, this.#order, minute)
    if (keys.length >= removedMin) await removeMeta(this.#options.client, this.#topic, keys)
  }
}

function needed(newest: Layout | undefined): Layout {
  if (newest !== undefined) return newest
  throw new LogError('unknown_partition', 'There is no layout yet: make topics first.')
}
