// The driver looks for a new control connection from a timer, where nobody hears of a failure, so that one ends the
// process: two looks that overlap while nodes come and go are enough. From here on it looks again instead.
import type { Client } from 'cassandra-driver'

/** What is used of the driver's own object, which its types do not tell of. */
export type Control = {
  _refresh(hosts?: unknown): Promise<void>
  readonly _isShuttingDown: boolean
}

const AGAIN_MS = 1_000

export function controlOf(client: Client): Control {
  return (client as unknown as { readonly controlConnection: Control }).controlConnection
}

export function keepControl(client: Client): void {
  const control = controlOf(client)
  const refresh = control._refresh.bind(control)
  control._refresh = async (hosts) => {
    try {
      await refresh(hosts)
    } catch {
      // The client answers questions by its pools meanwhile; only news of the topology comes by this connection.
      if (!control._isShuttingDown) setTimeout(() => void control._refresh(), AGAIN_MS).unref()
    }
  }
}
