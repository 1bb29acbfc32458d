// Runs the servers as processes of this machine, from Maven jars, Debian and Python packages and Go tools.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAborted } from '../../lib/interruption.ts'
import type { Engine, NodeStatus } from '../engine.ts'
import { InfraFault } from '../fault.ts'
import { addressOf, clusterOf, type Kind, type Node, nodeNamed } from '../nodes.ts'
import type { InfraSettings } from '../settings.ts'
import { untilReady } from '../until-ready.ts'
import { accepts } from './exchange.ts'
import { alone } from './lock.ts'
import { type ProcessRecord, stateOf } from './process-record.ts'
import {
  assertLives,
  killProcess,
  lastRecord,
  launch,
  livingProcess,
  logTail,
  signalGroup,
  stopProcess,
} from './processes.ts'
import type { Placement } from './program.ts'
import { programOf } from './programs.ts'

const LOCK_WAIT_MS = 600_000

export class NativeEngine implements Engine {
  readonly #settings: InfraSettings
  readonly #programOf: typeof programOf

  constructor(settings: InfraSettings, programs = programOf) {
    this.#settings = settings
    this.#programOf = programs
  }

  up(nodes: readonly Node[], signal?: AbortSignal): Promise<void> {
    return this.#alone(async () => {
      const kinds = new Set(nodes.map(({ kind }) => kind))
      for (const kind of kinds) await this.#install(kind, signal)
      const placements = nodes.map((node) => this.#placement(node))
      for (const placement of placements) await this.#checkSize(placement)
      const start = new Start(signal)
      try {
        await allOf(placements, (placement) => this.#ensureRunning(placement, start))
        await allOf(placements, (placement) => {
          const probe = this.#programOf(placement.node.kind).probeCluster
          if (probe === undefined) return Promise.resolve()
          return this.#untilReady(placement, () => probe(placement), signal)
        })
      } catch (error) {
        await allOf(start.launched, ({ runDirectory }) => this.#stop(runDirectory))
        signal?.throwIfAborted() // what it made fail says less
        throw error
      }
    }, signal)
  }

  start(node: Node): Promise<void> {
    return this.#alone(async () => {
      await this.#install(node.kind)
      await this.#ensureRunning(await this.#placementNow(node), new Start())
    })
  }

  remove(node: Node): Promise<void> {
    return this.#alone(async () => {
      const { runDirectory, dataDirectory } = this.#placement(node)
      await this.#stop(runDirectory)
      await rm(dataDirectory, { recursive: true, force: true })
    })
  }

  /** All at once, because the last controller would otherwise wait for its lost quorum. */
  down(kinds: readonly Kind[], wipe: boolean): Promise<void> {
    return this.#alone(async () => {
      const nodes = (await this.status()).map(({ node }) => node).filter(({ kind }) => kinds.includes(kind))
      await allOf(nodes, (node) => this.#stop(this.#placement(node).runDirectory))
      if (wipe) await this.#wipe(kinds)
    })
  }

  async kill(node: Node): Promise<void> {
    await killProcess(await this.#living(node))
  }

  async pause(node: Node): Promise<void> {
    signalGroup(await this.#living(node), 'SIGSTOP')
  }

  async resume(node: Node): Promise<void> {
    signalGroup(await this.#living(node), 'SIGCONT')
  }

  async status(): Promise<NodeStatus[]> {
    const names = await readdir(this.#runs).catch(() => [])
    const statuses = await Promise.all(names.sort().map((name) => this.#statusOf(name)))
    return statuses.filter((status) => status !== null)
  }

  logs(node: Node): Promise<string> {
    return logTail(this.#placement(node).runDirectory)
  }

  get #runs(): string {
    return join(this.#settings.directory, 'run')
  }

  get #data(): string {
    return join(this.#settings.directory, 'data')
  }

  /** Other directories may share the programs. */
  async #install(kind: Kind, signal?: AbortSignal): Promise<void> {
    const { programs } = this.#settings
    const installed = alone(programs, LOCK_WAIT_MS, () => this.#programOf(kind).install(programs), signal)
    await (signal === undefined ? installed : unlessAborted(installed, signal))
  }

  #alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return alone(this.#settings.directory, LOCK_WAIT_MS, work, signal)
  }

  #stop(runDirectory: string): Promise<void> {
    return stopProcess(runDirectory, this.#settings.stopTimeoutMs)
  }

  #placement(node: Node): Placement {
    const settings = this.#settings
    return {
      node,
      address: addressOf(node, settings),
      cluster: clusterOf(node.kind, node.size).map((peer) => addressOf(peer, settings)),
      runDirectory: join(this.#runs, node.name),
      dataDirectory: join(this.#data, `${node.kind}-of-${node.size}`, node.name),
      programs: this.#settings.programs,
      settings,
    }
  }

  /** Where nodes come and go, the cluster is not what it was in the beginning. */
  async #placementNow(node: Node): Promise<Placement> {
    if (!this.#settings.changes) return this.#placement(node)
    const others = (await this.status()).map((status) => status.node).filter(({ name }) => name !== node.name)
    const cluster = [...others.filter(({ kind }) => kind === node.kind), node]
    return { ...this.#placement(node), cluster: cluster.map((member) => addressOf(member, this.#settings)) }
  }

  /** Clusters of different sizes have separate data, but share ports. */
  async #checkSize({ node, runDirectory }: Placement): Promise<void> {
    const running = await livingProcess(runDirectory)
    if (running === null || running.size === node.size) return
    const message = `${node.kind} runs with ${running.size} nodes, not ${node.size}: take it down first.`
    throw new InfraFault('other_size', message)
  }

  async #ensureRunning(placement: Placement, { signal, launched }: Start): Promise<void> {
    const { node, address, runDirectory } = placement
    const program = this.#programOf(node.kind)
    const running = await livingProcess(runDirectory)
    if (running === null) {
      if (await accepts(address)) throw portInUse(placement)
      await mkdir(runDirectory, { recursive: true })
      await program.prepare(placement)
      const command = await program.command(placement)
      signal?.throwIfAborted()
      launched.push(placement)
      await launch(command, placement)
    } else {
      signalGroup(running, 'SIGCONT')
      if (program.reloads) await this.#reload(running, placement)
    }
    await this.#untilReady(placement, () => program.probe(placement), signal)
  }

  async #reload({ pid }: ProcessRecord, placement: Placement): Promise<void> {
    await this.#programOf(placement.node.kind).prepare(placement)
    process.kill(pid, 'SIGHUP')
  }

  #untilReady(placement: Placement, probe: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    const { startTimeoutMs } = this.#settings
    return untilReady(placement.node.name, startTimeoutMs, probe, () => assertLives(placement), signal)
  }

  async #wipe(kinds: readonly Kind[]): Promise<void> {
    for (const parent of [this.#runs, this.#data]) {
      const names = await readdir(parent).catch(() => [])
      const theirs = names.filter((name) => kinds.some((kind) => name.startsWith(`${kind}-`)))
      for (const name of theirs) await rm(join(parent, name), { recursive: true, force: true })
    }
  }

  async #living(node: Node): Promise<ProcessRecord> {
    const record = await livingProcess(this.#placement(node).runDirectory)
    if (record === null) throw new InfraFault('not_running', `${node.name} does not run.`)
    return record
  }

  async #statusOf(name: string): Promise<NodeStatus | null> {
    const record = await lastRecord(join(this.#runs, name))
    if (record === null) return null
    const letter = await stateOf(record)
    const state = letter === null ? 'down' : letter === 'T' ? 'paused' : 'up'
    const { kind, ordinal } = nodeNamed(name)
    const node = { name, kind, ordinal, size: record.size }
    return { node, state, pid: letter === null ? null : record.pid }
  }
}

/** What one call has started, and what breaks it off. */
class Start {
  readonly signal: AbortSignal | undefined
  readonly launched: Placement[] = []

  constructor(signal?: AbortSignal) {
    this.signal = signal
  }
}

/** Waits for all even if one fails, so that nothing is still running when the failure is reported. */
async function allOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(work))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

function portInUse({ node, address }: Placement): InfraFault {
  const message = `${node.name} wants ${address.host}:${address.port}, where another program listens.`
  return new InfraFault('port_in_use', `${message} Stop it, or choose another port.`)
}
