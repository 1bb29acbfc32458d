// The main thread's side: runs the workers of one script and adds up their measurements.
import { Worker } from 'node:worker_threads'
import { Fault } from '../../../lib/fault.ts'
import { Registry } from './measure/registry.ts'
import type { Ended, FromWorker, Loaded, Request } from './protocol.ts'
import { readScriptOptions, type ScriptOptions } from './script-options.ts'

export type HostSettings = {
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  readonly workers: number
}

const WORKER = new URL('./worker.ts', import.meta.url)
const FAILED_SHOWN = 5

export class ScriptHost {
  readonly options: ScriptOptions
  readonly registry: Registry
  readonly functions: readonly string[]
  /** Aborted, with the reason, if the script ends the test. */
  readonly aborted = new AbortController()
  readonly failures: string[] = []
  failedIterations = 0
  readonly #ports: readonly Port[]

  private constructor(ports: readonly Port[], loaded: Loaded) {
    this.#ports = ports
    this.options = readScriptOptions(JSON.parse(loaded.options))
    this.functions = loaded.functions
    this.registry = new Registry()
    for (const [name, kind] of loaded.metrics) if (!name.includes('{')) this.registry.declare(name, kind)
    this.registry.want(this.options.thresholds.map(({ metric }) => metric))
  }

  /** Fails with a Fault where the script cannot be run here. */
  static async load({ script, env, workers }: HostSettings): Promise<ScriptHost> {
    const heard: ((message: FromWorker) => void)[] = []
    const ports = Array.from({ length: workers }, (_, worker) => {
      const workerData = { script, env, share: { worker, workers } }
      return new Port(new Worker(WORKER, { workerData, env: process.env }), (message) => {
        for (const hear of heard) hear(message)
      })
    })
    try {
      const loads = ports.map((port) => port.ask({ kind: 'load' }) as Promise<Loaded>)
      const [loaded] = await Promise.all(loads)
      const host = new ScriptHost(ports, loaded!)
      heard.push((message) => host.#hear(message))
      return host
    } catch (error) {
      await Promise.all(ports.map((port) => port.end()))
      throw error
    }
  }

  /** Calls `setup`, `teardown` or `handleSummary`; undefined if the script has none. */
  async call(name: string, argument: unknown, timeoutMs: number): Promise<unknown> {
    if (!this.functions.includes(name)) return undefined
    return this.#ports[0]!.ask({ kind: 'call', name, argument, timeoutMs })
  }

  /** Resolves when all scenarios have ended. */
  run(data: unknown): Promise<Ended[]> {
    return Promise.all(this.#ports.map((port) => port.ask({ kind: 'run', data }) as Promise<Ended>))
  }

  /** No further iterations start. */
  async stop(): Promise<void> {
    await Promise.all(this.#ports.map((port) => port.ask({ kind: 'stop' })))
  }

  async end(): Promise<void> {
    await Promise.all(this.#ports.map((port) => port.end()))
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'samples') this.registry.merge(message.deltas)
    if (message.kind === 'abort') this.aborted.abort(new Fault(message.reason))
    if (message.kind === 'fail') this.failures.push(message.reason)
    if (message.kind !== 'failed-iteration') return
    this.failedIterations++
    if (this.failures.length < FAILED_SHOWN) this.failures.push(`an iteration failed: ${message.message}`)
  }
}

/** Requests to one worker, and their answers. */
class Port {
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  constructor(worker: Worker, onMessage: (message: FromWorker) => void) {
    this.#worker = worker
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'answer') this.#settled(message.id)?.resolve(message.value)
      else if (message.kind === 'fault') this.#settled(message.id)?.reject(faultOf(message))
      else onMessage(message)
    })
    worker.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error)
    })
  }

  ask(request: Request): Promise<unknown> {
    const id = ++this.#lastId
    const asked = Promise.withResolvers<unknown>()
    this.#waiting.set(id, asked)
    this.#worker.postMessage({ id, request })
    return asked.promise
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #settled(id: number): PromiseWithResolvers<unknown> | undefined {
    const asked = this.#waiting.get(id)
    this.#waiting.delete(id)
    return asked
  }
}

function faultOf({ message, isFault }: Extract<FromWorker, { kind: 'fault' }>): Error {
  return isFault ? new Fault(message) : new Error(message)
}
