// The measured server, as a child process that prints `ready URL`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Cores, nodeOn } from './cores.ts'

const NANOSECONDS_PER_SECOND = 1e9

export class ServerProcess {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Resolves when it accepts requests. */
  static async start(
    file: URL,
    env: Readonly<Record<string, string>>,
    cores: Cores = null,
  ): Promise<ServerProcess> {
    const [command, args] = nodeOn(cores, [file.pathname])
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const line of createInterface(child.stdout)) {
      if (line.startsWith('ready ')) return new ServerProcess(child, line.slice('ready '.length))
    }
    throw new Error(`${file.pathname} ended before it was ready`)
  }

  /** The CPU time of its threads so far, user and system; 0 if the system does not report it. */
  async cpuSeconds(): Promise<number> {
    const tasks = `/proc/${this.#child.pid}/task`
    const threads = await readdir(tasks).catch(() => [])
    const times = await Promise.all(threads.map((thread) => onCpuNs(`${tasks}/${thread}/schedstat`)))
    return times.reduce((sum, ns) => sum + ns, 0) / NANOSECONDS_PER_SECOND
  }

  /** The same by the names of its threads; the main one is `main`. */
  async cpuSecondsByThread(): Promise<ReadonlyMap<string, number>> {
    const tasks = `/proc/${this.#child.pid}/task`
    const byThread = new Map<string, number>()
    for (const thread of await readdir(tasks).catch(() => [])) {
      const comm = await readFile(`${tasks}/${thread}/comm`, 'utf8').catch(() => '')
      const name = Number(thread) === this.#child.pid ? 'main' : comm.trim()
      const seconds = (await onCpuNs(`${tasks}/${thread}/schedstat`)) / NANOSECONDS_PER_SECOND
      byThread.set(name, (byThread.get(name) ?? 0) + seconds)
    }
    return byThread
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#child.kill('SIGTERM')
    await once(this.#child, 'exit')
  }
}

/** The first number: to the nanosecond, where /proc/PID/stat has ticks of 10 ms. */
async function onCpuNs(schedstat: string): Promise<number> {
  return Number.parseInt(await readFile(schedstat, 'latin1').catch(() => '0'), 10)
}
