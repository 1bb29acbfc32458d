// Network namespaces that are joined by a bridge: a machine each, and one of clients and services in the middle.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { runProgram, succeeds } from '../native/run-program.ts'

const SERVICE_PORT = 9_000
/** Answers for the query services. */
const SERVICE = `require('node:http').createServer((_, a) => a.end('ok')).listen(${SERVICE_PORT}, '0.0.0.0')`

export const SHARED_ADDRESS = '10.80.0.10'
export const SERVICE_ADDRESS = `10.80.0.1:${SERVICE_PORT}`
export const DEVICE = 'eth0'

export async function canMakeNetworks(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  const name = `tally-${process.pid}-try`
  return (await succeeds('ip', ['netns', 'add', name])) && (await succeeds('ip', ['netns', 'delete', name]))
}

export class Networks implements AsyncDisposable {
  readonly middle = `tally-${process.pid}-middle`
  readonly #names: string[] = []
  readonly #children = new Set<ChildProcess>()

  static async make(): Promise<Networks> {
    const networks = new Networks()
    await networks.#add(networks.middle)
    const inside = ['-n', networks.middle]
    await ip([...inside, 'link', 'add', 'bridge', 'type', 'bridge', 'mcast_snooping', '0'])
    await ip([...inside, 'address', 'add', '10.80.0.1/24', 'dev', 'bridge'])
    await ip([...inside, 'link', 'set', 'bridge', 'up'])
    return networks
  }

  /** Adds a machine; its number is the end of its address. Returns its name. */
  async machine(number: number): Promise<string> {
    const name = `tally-${process.pid}-${number}`
    const port = `port${number}`
    await this.#add(name)
    const pair = ['type', 'veth', 'peer', 'name', DEVICE, 'netns', name]
    await ip(['-n', this.middle, 'link', 'add', port, ...pair])
    await ip(['-n', this.middle, 'link', 'set', port, 'master', 'bridge', 'up'])
    await ip(['-n', name, 'address', 'add', `10.80.0.${10 + number}/24`, 'dev', DEVICE])
    await ip(['-n', name, 'link', 'set', DEVICE, 'up'])
    return name
  }

  /** As if its cable were pulled. */
  async unplug(name: string): Promise<void> {
    await ip(['-n', name, 'link', 'set', DEVICE, 'down'])
  }

  serve(): void {
    this.spawn(this.middle, process.execPath, ['--eval', SERVICE])
  }

  /** Ends with the networks at the latest. */
  spawn(name: string, program: string, args: readonly string[]): ChildProcess {
    const inside = ['netns', 'exec', name, program, ...args]
    const child = spawn('ip', inside, { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#children, killGroup))
    for (const name of this.#names) await ip(['netns', 'delete', name])
  }

  async #add(name: string): Promise<void> {
    await ip(['netns', 'add', name])
    this.#names.push(name)
    await ip(['-n', name, 'link', 'set', 'lo', 'up'])
  }
}

/** With everything that it has started. */
export async function killGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  process.kill(-child.pid!, 'SIGKILL')
  await exited
}

export function ip(args: readonly string[]): Promise<string> {
  return runProgram('ip', args)
}
