// One process of the product on embedded storage, under a steady stream, watched by a Prometheus of its own.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mainOf } from '../../infra/cluster/cluster.ts'
import { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { freePort } from '../../lib/free-port.ts'
import { until } from '../../testing/until.ts'
import { SpoolDisk } from '../faults/spool-disk.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import type { Alarmed } from './fault.ts'
import { HangingDisk } from './hanging-disk.ts'
import { Prometheus } from './prometheus.ts'
import { ruleGroups } from './rule-files.ts'
import { scaledGroups, scrapeMsAt } from './scaled-rules.ts'
import { Traffic, type TrafficOptions } from './traffic.ts'

export type EmbeddedOptions = {
  readonly environment?: Readonly<Record<string, string>>
  /** So many times the wait between two scrapes: a process that stalls cannot be scraped more often than it answers. */
  readonly scrapeSlowness?: number
  /** Its data is on a disk of its own: a small one, which can be full, or one that can stand still. */
  readonly ownDisk?: 'small' | 'hanging'
  /** Its clock can be set, by this at first; null: it is that of the machine. */
  readonly clockAheadMs?: number | null
  readonly traffic?: Pick<TrafficOptions, 'requestsPerSecond' | 'events'>
}

/** After so many it answers as it does for the rest of its life. */
const WARM_ANSWERS = 200

/** What would take a minute and more otherwise. */
const QUICK = {
  ARCHIVE_FLUSH_MS: '1000',
  ARCHIVE_LATE_FLUSH_MS: '1000',
  RECONCILE_INTERVAL_MS: '2000',
  LINGER_MS: '0',
  ADAPTIVE_LINGER_MS: '0',
}

export class EmbeddedWorld implements Alarmed {
  readonly directory: string
  readonly url: string
  readonly prometheus: Prometheus
  readonly traffic: Traffic
  readonly disk: SpoolDisk | null
  readonly hangingDisk: HangingDisk | null
  readonly clock: FakeClock | null
  readonly until = until
  #process: ServiceProcess
  readonly #throttle = new AbortController()
  readonly #stack: AsyncDisposableStack

  private constructor(
    parts: Pick<
      EmbeddedWorld,
      'directory' | 'url' | 'prometheus' | 'traffic' | 'disk' | 'hangingDisk' | 'clock'
    > & {
      readonly process: ServiceProcess
      readonly stack: AsyncDisposableStack
    },
  ) {
    this.directory = parts.directory
    this.url = parts.url
    this.prometheus = parts.prometheus
    this.traffic = parts.traffic
    this.disk = parts.disk
    this.hangingDisk = parts.hangingDisk
    this.clock = parts.clock
    this.#process = parts.process
    this.#stack = parts.stack
  }

  /** Fails with an InfraFault where this machine lacks something. `signal` breaks the start off. */
  static async start(
    root: string,
    options: EmbeddedOptions,
    factor: number,
    signal: AbortSignal,
  ): Promise<EmbeddedWorld> {
    await using stack = new AsyncDisposableStack()
    const directory = join(root, 'data')
    await mkdir(directory, { recursive: true })
    const { clockAheadMs = null, ownDisk } = options
    const disk = ownDisk === 'small' ? await SpoolDisk.mount(directory) : null
    stack.defer(async () => disk?.unmount())
    const hangingDisk =
      ownDisk === 'hanging' ? await HangingDisk.mount(directory, join(root, 'disk.img')) : null
    stack.defer(async () => hangingDisk?.unmount())
    const clock = clockAheadMs === null ? null : await fakeClock(join(root, 'clock'), clockAheadMs)
    const port = await freePort()
    const process = new ServiceProcess({
      name: 'tally',
      main: mainOf('standalone'),
      port,
      environment: {
        ...QUICK,
        PROBE_INTERVAL_S: '0',
        DATA_DIR: directory,
        ...clock?.environment,
        ...options.environment,
      },
      logFile: join(root, 'log'),
    })
    stack.defer(() => process.kill())
    await process.start(signal)
    const url = `http://127.0.0.1:${port}`
    const traffic = new Traffic({ url, ...options.traffic })
    stack.defer(() => traffic.stop())
    // Prometheus counts from what it sees first. So what is slow only because nothing ran yet breaks no promise.
    await until('it is warm', () => traffic.answered >= WARM_ANSWERS)
    const prometheus = await Prometheus.start({
      directory: join(root, 'prometheus'),
      targets: [{ service: 'standalone', address: `127.0.0.1:${port}` }],
      groups: scaledGroups(ruleGroups(), factor),
      scrapeMs: scrapeMsAt(factor) * (options.scrapeSlowness ?? 1),
    })
    stack.defer(() => prometheus.stop())
    return new EmbeddedWorld({
      ...{ directory, url, prometheus, traffic, disk, hangingDisk, clock },
      process,
      stack: stack.move(),
    })
  }

  kill(): Promise<void> {
    return this.#process.kill()
  }

  start(): Promise<void> {
    return this.#process.start()
  }

  /** As an operator does. */
  halt(): Promise<void> {
    return this.#process.stop()
  }

  get logFile(): string {
    return this.#process.spec.logFile
  }

  /** Stops it if it runs; `meanwhile` the data directory is nobody's. */
  async restart(
    settings: Readonly<Record<string, string>> = {},
    meanwhile: () => Promise<void> = async () => {},
  ): Promise<void> {
    await this.#process.stop()
    await meanwhile()
    const { spec } = this.#process
    this.#process = new ServiceProcess({ ...spec, environment: { ...spec.environment, ...settings } })
    await this.#process.start()
  }

  /** From now on it has the CPU for `runMs` after every `stopMs` without. */
  throttle(stopMs: number, runMs: number): void {
    const { signal } = this.#throttle
    const process = this.#process
    const pulse = async () => {
      while (!signal.aborted) {
        process.pause()
        await sleep(stopMs)
        process.resume()
        await sleep(runMs)
      }
    }
    pulse().catch((error) => this.#throttle.abort(error))
  }

  /** Once. */
  endThrottle(): void {
    this.#throttle.abort()
  }

  /** The body of an answer. Fails unless it is 2xx. */
  async ask<T>(path: string, body?: unknown, method = 'POST'): Promise<T> {
    const { key } = this.traffic
    const answer = await fetch(this.url + path, {
      ...(body !== undefined && { method, body: JSON.stringify(body) }),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
    })
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as T
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.directory, name), text)
  }

  async stop(): Promise<void> {
    this.endThrottle()
    await this.hangingDisk?.endHang() // else its process cannot be killed
    await this.#process.kill()
    await this.#stack.disposeAsync()
  }
}
