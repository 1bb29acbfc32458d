// What the native engine must know of each kind of server; one file beside this one implements it for each.
import type { Address, Node } from '../nodes.ts'
import type { InfraSettings } from '../settings.ts'

/** A node and where it answers. */
type Reachable = { readonly node: Node; readonly address: Address }

/** A node together with all that its configuration is made from. */
export type Placement = Reachable & {
  /** Every node of its cluster, itself included, by ordinal. */
  readonly cluster: readonly Address[]
  /** For this run: configuration and log. */
  readonly runDirectory: string
  readonly dataDirectory: string
  /** Where `install` put things. */
  readonly programs: string
  readonly settings: InfraSettings
}

export type Command = { readonly program: string; readonly args: readonly string[] }

export interface ServerProgram {
  /** Fetches what is not there yet into `programs`. Fails with an InfraFault that says what is missing. */
  install(programs: string): Promise<void>
  /** Writes the configuration, and the data's first state where there is none. */
  prepare(placement: Placement): Promise<void>
  command(placement: Placement): Promise<Command>
  /** Resolves when this node serves; rejects, soon, when it does not yet. */
  probe(at: Reachable): Promise<void>
  /** The same for the node as a member of its whole cluster. */
  probeCluster?(at: Reachable): Promise<void>
  /** Whether a running server takes over what `prepare` writes when it gets SIGHUP. */
  readonly reloads?: boolean
}
