// What the native engine must know about each kind of server; a file beside this one implements it for each.
import type { Address, Node } from '../nodes.ts'
import type { InfraSettings } from '../settings.ts'

/** A node and its address. */
type Reachable = { readonly node: Node; readonly address: Address }

/** A node together with everything that its configuration depends on. */
export type Placement = Reachable & {
  /** Every node of its cluster, itself included: by ordinal as it begins, itself last when it joins or starts again. */
  readonly cluster: readonly Address[]
  /** For this run: configuration and log. */
  readonly runDirectory: string
  readonly dataDirectory: string
  /** The directory of installed programs. */
  readonly programs: string
  readonly settings: InfraSettings
}

export type Command = { readonly program: string; readonly args: readonly string[] }

export interface ServerProgram {
  /** Downloads missing programs into `programs`. Fails with an InfraFault that says what is missing. */
  install(programs: string): Promise<void>
  /** Writes the configuration, and initialises the data if there is none. */
  prepare(placement: Placement): Promise<void>
  command(placement: Placement): Promise<Command>
  /** Resolves if this node serves; rejects soon if it does not yet. */
  probe(at: Reachable): Promise<void>
  /** The same for the node as a member of its whole cluster. */
  probeCluster?(at: Reachable): Promise<void>
  /** Whether a running server reloads the configuration on SIGHUP. */
  readonly reloads?: boolean
}
