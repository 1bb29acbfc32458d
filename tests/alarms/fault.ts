// A real fault: what is done to a running system, and what an operator then does about it.
import type { Prometheus } from './prometheus.ts'

export type Alarmed = {
  readonly prometheus: Prometheus
  /** Waits until something is true. Fails after a while with what it waited for. */
  until(what: string, holds: () => Promise<boolean> | boolean, msMax?: number): Promise<void>
}

export type Fault<World> = {
  /** In words, as in the table: "the process is killed". */
  readonly name: string
  /** All must fire, and clear. */
  readonly alerts: readonly string[]
  /** What must be so before the fault; default: nothing more. */
  readonly prepare?: (world: World) => Promise<void>
  readonly cause: (world: World) => Promise<void>
  /** What the runbook says. */
  readonly mended: string
  readonly mend: (world: World) => Promise<void>
  /** How long alerts may take to fire, and then to clear. */
  readonly firesMsMax?: number
  readonly clearsMsMax?: number
}
