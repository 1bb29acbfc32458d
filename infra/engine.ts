// What can be done with servers, however they are run: as containers or as processes of this machine.
import type { Kind, Node } from './nodes.ts'

type NodeState = 'up' | 'paused' | 'down'

export type NodeStatus = { readonly node: Node; readonly state: NodeState; readonly pid: number | null }

/** Nodes are identified by name. All methods fail with an InfraFault. */
export interface Engine {
  /**
   * Starts what does not run and resumes what is paused; resolves when each node answers and knows its peers. When it
   * fails, also by `signal`, it stops what it has started.
   */
  up(nodes: readonly Node[], signal?: AbortSignal): Promise<void>
  /**
   * Starts one node of a cluster whose others may be away, and resolves when it answers. One whose ordinal is higher
   * than the size joins the others.
   */
  start(node: Node): Promise<void>
  /**
   * Stops every node of these kinds by SIGTERM, then by force; with `wipe`, removes the data of every cluster size.
   */
  down(kinds: readonly Kind[], wipe: boolean): Promise<void>
  /** Stops it by SIGTERM, then by force, and removes its data. It is no node of the cluster any more. */
  remove(node: Node): Promise<void>
  /** Kills it without warning. */
  kill(node: Node): Promise<void>
  /** Pauses it, with its connections open. */
  pause(node: Node): Promise<void>
  resume(node: Node): Promise<void>
  /** Every node that was brought up and not taken down, running or not. */
  status(): Promise<NodeStatus[]>
  /** The end of the node's log. */
  logs(node: Node): Promise<string>
}
