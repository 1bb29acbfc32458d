// Packing bodies elsewhere: the port.
import type { AskNames, Packed, PackOrder } from './pack-body.ts'

export interface Packing {
  /** Whether bodies are packed at the moment; if not, whoever has one does that himself. */
  readonly isUp: boolean
  /** How long the body has waited that has waited longest where there is the least to do; 0 where none waits. */
  readonly waitedMs: number
  /** Smaller bodies are not worth the way. */
  readonly bodyBytesMin: number
  /**
   * Nothing of a body is kept. `ask`: null where names concern nobody. Fails with a ProblemError, as `packBody` does,
   * and with `overloaded` or `closing` where it ends before it is done.
   */
  pack(body: Buffer, order: PackOrder, ask: AskNames | null): Promise<Packed>
}
