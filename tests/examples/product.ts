// The server that an example talks to: `npm start`'s process on a data directory of its own, where keys are on.
import { join } from 'node:path'
import { runProgram } from '../../infra/native/run-program.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { root } from '../source-file.ts'

type Role = 'write' | 'read' | 'admin'

/** Programs and packages that examples need are fetched here once. */
export const PROGRAMS = join(readInfraSettings(process.env).programs, 'examples')

export class Product implements AsyncDisposable {
  readonly url: string
  readonly keys: Readonly<Record<Role, string>>
  readonly #stop: () => Promise<void>

  private constructor(url: string, keys: Product['keys'], stop: () => Promise<void>) {
    this.url = url
    this.keys = keys
    this.#stop = stop
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Product> {
    await using started = new AsyncDisposableStack()
    const directory = started.use(await temporaryDirectory())
    const environment = { DATA_DIR: directory.path, PROBE_INTERVAL_S: '0', ...settings }
    const key = (role: Role) =>
      runProgram(process.execPath, ['tools/keys/main.ts', 'create', '--role', role, '--tenant', 'acme'], {
        cwd: root,
        environment,
      }).then((printed) => printed.trim())
    const keys = { write: await key('write'), read: await key('read'), admin: await key('admin') }
    const server = started.use(new StandaloneChild(environment))
    const url = await server.url()
    const moved = started.move()
    return new Product(url, keys, () => moved.disposeAsync())
  }

  /** The answer to a question, asked with the key that may only read. */
  async ask(path: string): Promise<unknown> {
    return JSON.parse(await this.text(path, this.keys.read))
  }

  async text(path: string, key: string): Promise<string> {
    const answer = await fetch(new URL(path, this.url), { headers: { authorization: `Bearer ${key}` } })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    return text
  }

  async send(events: readonly object[], key = this.keys.write): Promise<void> {
    const answer = await fetch(`${this.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    })
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`)
  }

  /** Waits until everything that was accepted is counted; fails if the count is another one then. */
  async assertCounted(videoId: string, expected: number): Promise<void> {
    const endTime = Date.now() + 1
    const path = `/v1/videos/${videoId}/stats?eventType=view&function=count`
    let value = Number.NaN
    await until(`${videoId} is counted`, async () => {
      const answer = (await this.ask(path)) as { value: number; meta: { asOf: string } }
      value = answer.value
      return Date.parse(answer.meta.asOf) >= endTime
    })
    if (value !== expected) throw new Error(`${videoId} counts ${value}, not ${expected}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }
}
