// For tests: the names of all metrics that processes of the product show.
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { watchCertificates } from '../lib/http/certificate-metrics.ts'
import { watchLayouts, watchUnrouted } from '../services/partitioner/unrouted-metrics.ts'
import { watchProgress } from '../services/query/query-metrics.ts'
import { countsBreaker } from '../stores/backing/counts-breaker.ts'
import { watchSpool } from '../stores/log/spool/spool-metrics.ts'
import { watchTitles } from '../stores/videos/title-metrics.ts'
import { fixedLayouts } from './fixed-layouts.ts'
import { StandaloneChild } from './standalone-child.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export type ShownMetric = { readonly name: string; readonly type: string; readonly help: string }

const METRIC = /^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)$/gm
const SPOOL = { records: 0, bytes: 0, oldestAtMs: null, awayPartitions: 0, drained: 0, refused: 0 }

/** Those of a process that does everything, and those that only services of a cluster add. */
export async function shownMetrics(): Promise<readonly ShownMetric[]> {
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({ DATA_DIR: directory.path })
  const standalone = await (await fetch(`${await server.url()}/metrics`)).text()
  const registry = new Registry()
  watchSpool(registry, () => SPOOL, { bytesMax: 1, nowMs: () => 0 })
  watchUnrouted(
    registry,
    () => SPOOL,
    () => 0,
  )
  watchLayouts(registry, fixedLayouts([]), { nowMs: () => 0 })
  watchProgress(registry, { asOfMs: 0, sureToMs: 0 }, { nowMs: () => 0 })
  watchCertificates(registry, { kafka: { security: { tls: null } }, redis: null }, { nowMs: () => 0 })
  watchTitles(registry, { behind: 0 }, 1)
  countsBreaker(registry, Fastify({ logger: false }).log).close()
  return Array.from(
    `${standalone}\n${await registry.metrics()}`.matchAll(METRIC),
    ([, name, help, type]) => ({ name: name!, help: help!, type: type! }),
  )
}
