// Ports of this machine for servers that listen there later, or that stop and listen there again.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those from which systems take the ports of clients, so that no client gets one meanwhile. */
const LISTENED = { least: 20_000, most: 26_000 }

/** One that nobody listens at. */
export async function freePort(): Promise<number> {
  const { least, most } = LISTENED
  for (;;) {
    const port = least + Math.floor(Math.random() * (most - least))
    if (await isFreePort(port)) return port
  }
}

export async function isFreePort(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
