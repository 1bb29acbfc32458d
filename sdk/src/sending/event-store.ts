// Where pending events outlive the page or the process. The forms are in persist/.

export type StoredEvent = { readonly key: string; readonly json: string }

export type EventStore = {
  /** Keeps an event from soon on, and returns the key that forgets it. Never throws, never waits. */
  keep(json: string): string
  forget(key: string): void
  /**
   * Takes over events that no living client holds, as many as there is room for. They may have been sent already: their
   * ids make it safe to send them again.
   */
  reclaim(room: { readonly events: number; readonly bytes: number }): Promise<readonly StoredEvent[]>
  /**
   * Resolves when all that was asked for is done, or after the timeout; what is kept then belongs to whoever is next.
   * Never rejects.
   */
  close(timeoutMs?: number): Promise<void>
}

/** How often a client looks for events whose client has died. */
export const RECLAIM_INTERVAL_MS = 30_000
