// For tests: the batch layer in memory behind the routes of operators, whose answers are checked against their
// description.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import Fastify, { type InjectOptions } from 'fastify'
import { Registry } from 'prom-client'
import { type Keys, NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { QueryRate } from '../lib/http/query-rate.ts'
import { buildServer } from '../lib/http/server.ts'
import type { Series } from '../model/bucket.ts'
import type { Vouched } from '../services/query/deps.ts'
import type { QueryMetrics } from '../services/query/query-metrics.ts'
import { firstMinuteOf } from '../services/query/read/empty-past.ts'
import { StitchedReader } from '../services/query/read/stitched-reader.ts'
import { Archived } from '../services/reconciler/archiving/archived.ts'
import { recordArchive } from '../services/reconciler/archiving/raw-events.ts'
import { BatchLayer } from '../services/reconciler/batch-layer.ts'
import { type BatchRoutesDeps, registerBatch } from '../services/reconciler/operators/admin-routes.ts'
import { Exports } from '../services/reconciler/operators/exports.ts'
import { registerArchiveQuery } from '../services/reconciler/questions/archive-query-route.ts'
import {
  type BreakdownRouteDeps,
  registerBreakdown,
} from '../services/reconciler/questions/breakdown-route.ts'
import { Breakdowns } from '../services/reconciler/questions/breakdowns.ts'
import { registerFiltered } from '../services/reconciler/questions/filtered-route.ts'
import { registerSite, type SiteRouteDeps } from '../services/reconciler/questions/site-route.ts'
import type { SqlRouteDeps } from '../services/reconciler/questions/sql-route.ts'
import { csvToParquet } from '../stores/archive/duckdb/csv-to-parquet.ts'
import { EVENT_LANES } from '../stores/log/log.ts'
import { BATCH_SETTINGS, BatchWorld } from './batch-world.ts'
import { checkAnswers } from './check-answers.ts'
import { schemas } from './event-fixture.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryUniques } from './memory-uniques.ts'
import { MemoryVideos } from './memory-videos.ts'

export class AdminWorld extends BatchWorld {
  readonly app = buildServer({ bodyBytesMax: 1 << 20 })
  readonly log: MemoryLog
  readonly layer: BatchLayer
  readonly routes: BatchRoutesDeps
  readonly breakdown: BreakdownRouteDeps
  /** Without what answers. */
  readonly sql: Omit<SqlRouteDeps, 'archive'>
  readonly fromArchive: SiteRouteDeps & { readonly metrics: QueryMetrics }
  readonly videos = new MemoryVideos()
  readonly uniques = new MemoryUniques()
  /** How far the stream's counts have come; null: up to the clock. */
  countedMs: number | null = null
  /** What answers may call complete. */
  known: Vouched | null = null
  /** Raw exports wait until it resolves. */
  gate: Promise<void> = Promise.resolve()

  constructor(nowMs: number, scratchDirectory: string, keys: Keys = NO_KEYS, sourcesFromMs = 0) {
    super(nowMs)
    const { archive, counts, rollups, journal, clock, videos, uniques } = this
    this.log = new MemoryLog({ clock, partitions: 1 })
    const rate = new QueryRate({ costPerSecondMax: null }, clock)
    this.layer = new BatchLayer(
      {
        ...{ archive, counts, rollups, journal, clock, videos, uniques },
        records: recordArchive(archive, schemas),
        log: this.log,
        sourcesFromMs,
        plans: null,
        forget: async () => {},
        countedAsOfMs: async () => this.countedMs ?? clock.nowMs(),
        logger: Fastify({ logger: false }).log,
        registry: new Registry(),
      },
      BATCH_SETTINGS,
    )
    const reader = () => {
      const kept = () => ({ minutesFrom: 0, hoursFrom: 0 })
      return new StitchedReader({ counts, rollups, coverage: () => rollups.reconciled, kept })
    }
    this.routes = {
      ...{ layer: this.layer, keys, rate },
      exports: new Exports({
        archive: {
          /** Records its requests. */
          exportRaw: async ({ from, to, format, formulaGuard }, path) => {
            await this.gate
            await writeFile(path, `${format} of ${from} to ${to}${formulaGuard ? '' : ' unguarded'}`)
            return 1
          },
        },
        counts: async () => ({ reader: reader(), counted: counts, rolledUp: rollups }),
        csvToParquet,
        inTime: BATCH_SETTINGS,
        scratchDirectory,
      }),
    }
    const removals = (fromMinute: number) => this.layer.privacy.acts.removals(fromMinute)
    const found = {
      ...{ archive, inTime: BATCH_SETTINGS, rollups, removals, clock },
      vouched: async () => this.known,
      firstMinute: (series: readonly Series[]) => firstMinuteOf(reader(), series),
    }
    const asking = {
      ...{ archived: new Archived({ archive, log: this.log, clock }, EVENT_LANES), clock },
      hurry: () => this.layer.reconciler.hurry(),
    }
    const breakdowns = new Breakdowns({ ...found, ...asking })
    this.sql = { ...asking, inTime: BATCH_SETTINGS, keys, rate }
    const { dimensions } = BATCH_SETTINGS
    const metrics = { answered() {} }
    this.breakdown = { breakdowns, dimensions, videos, keys, rate, clock, metrics }
    const kept = () => ({ minutesFrom: 0, hoursFrom: 0 })
    const site = { ...found, archive, journal, clock, kept }
    const answering = { breakdowns, asked: { ...found, videos }, videos, site, dimensions, keys, rate, clock }
    this.fromArchive = { ...answering, metrics }
    checkAnswers(this.app)
    registerBatch(this.app, this.routes)
    registerBreakdown(this.app, this.breakdown)
    registerSite(this.app, this.fromArchive)
    registerArchiveQuery(this.app, this.fromArchive)
    registerFiltered(this.app, this.fromArchive)
  }

  /** The body of an answer that must have this status: parsed if it is JSON, else text. */
  async ask(status: number, method: 'GET' | 'POST' | 'DELETE', path: string, options: InjectOptions = {}) {
    const answer = await this.app.inject({ method, url: `/v1/admin/${path}`, ...options })
    assert.equal(answer.statusCode, status, answer.body)
    return /json/.test(String(answer.headers['content-type'])) ? answer.json() : answer.body
  }

  /** Starts to listen if it does not yet. */
  async url(): Promise<string> {
    const { app } = this
    if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
    return `http://127.0.0.1:${(app.server.address() as { port: number }).port}`
  }

  /** Over a real connection, which exports need. */
  async download(path: string): Promise<string> {
    const answer = await fetch(`${await this.url()}/v1/admin/exports/${path}`)
    assert.equal(answer.status, 200)
    return answer.text()
  }

  /** Sends lines as rows of an import. */
  rows(status: number, id: string, from: number, lines: readonly (object | string)[], query = '') {
    const payload = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
    const headers = { 'content-type': 'application/x-ndjson' }
    return this.ask(status, 'POST', `imports/${id}/rows?from=${from}${query}`, { payload, headers })
  }
}
