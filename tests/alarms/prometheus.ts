// A real Prometheus that scrapes processes of the product and evaluates rules about them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfraFault } from '../../infra/fault.ts'
import { installPackage } from '../../infra/native/debian.ts'
import { PROGRAM_PATH } from '../../infra/native/run-program.ts'
import { freePort } from '../../lib/free-port.ts'
import type { RuleGroup } from './scaled-rules.ts'

type Target = { readonly service: string; readonly address: string }

type PrometheusOptions = {
  readonly directory: string
  readonly targets: readonly Target[]
  readonly groups: readonly RuleGroup[]
  readonly scrapeMs: number
}

export type ActiveAlert = { readonly name: string; readonly summary: string }

const EVALUATION_MS = 500
const START_MS_MAX = 60_000
const LOOK_MS = 100

/** It comes with promtool. */
export function installPrometheus(): Promise<void> {
  return installPackage({
    name: 'prometheus',
    program: 'prometheus',
    unit: 'prometheus',
    versionFlag: '--version',
  })
}

export class Prometheus {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(url: string, child: ChildProcess) {
    this.url = url
    this.#child = child
  }

  static async start({ directory, targets, groups, scrapeMs }: PrometheusOptions): Promise<Prometheus> {
    await mkdir(directory, { recursive: true })
    const port = await freePort()
    const config = join(directory, 'prometheus.json') // a form of YAML
    const rules = join(directory, 'rules.json')
    const scraped = targets.map(({ service, address }) => ({ labels: { service }, targets: [address] }))
    await writeFile(rules, JSON.stringify({ groups }))
    await writeFile(
      config,
      JSON.stringify({
        global: {
          scrape_interval: `${scrapeMs}ms`,
          scrape_timeout: `${scrapeMs}ms`,
          evaluation_interval: `${EVALUATION_MS}ms`,
        },
        rule_files: [rules],
        scrape_configs: [{ job_name: 'tally', static_configs: scraped }],
      }),
    )
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { env: { ...process.env, PATH: PROGRAM_PATH }, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    child.stderr!.pipe(createWriteStream(join(directory, 'log'), { flags: 'a' }))
    const started = new Prometheus(`http://127.0.0.1:${port}`, child)
    await started.#ready(join(directory, 'log'))
    return started
  }

  /** The alerts that fire now, each once. */
  async firing(): Promise<readonly ActiveAlert[]> {
    type Alert = { state: string; labels: { alertname: string }; annotations: { summary: string } }
    const { alerts } = await this.#ask<{ alerts: Alert[] }>('/api/v1/alerts')
    const firing = alerts.filter(({ state }) => state === 'firing')
    const byName = new Map(firing.map(({ labels, annotations }) => [labels.alertname, annotations.summary]))
    return Array.from(byName, ([name, summary]) => ({ name, summary }))
  }

  /** The names of all metrics that it has seen. */
  names(): Promise<readonly string[]> {
    return this.#ask('/api/v1/label/__name__/values')
  }

  /** The values of an expression now. */
  async values(expr: string): Promise<readonly number[]> {
    type Answer = { result: { value: [number, string] }[] }
    const { result } = await this.#ask<Answer>(`/api/v1/query?query=${encodeURIComponent(expr)}`)
    return result.map(({ value: [, text] }) => Number(text))
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }

  async #ask<T>(path: string): Promise<T> {
    const answer = await fetch(this.url + path)
    if (!answer.ok) throw new Error(`Prometheus answered ${answer.status}: ${await answer.text()}`)
    return ((await answer.json()) as { data: T }).data
  }

  async #ready(log: string): Promise<void> {
    for (const endMs = Date.now() + START_MS_MAX; Date.now() < endMs; await sleep(LOOK_MS)) {
      if (this.#child.exitCode !== null) break
      if (
        await fetch(`${this.url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return
    }
    await this.stop()
    throw new InfraFault('did_not_start', `Prometheus is not ready: see ${log}.`)
  }
}
