// `npm start` on a free port and a temporary directory.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { unlessAborted } from '../../../lib/interruption.ts'
import { ServerProcess } from '../../replay/server-process.ts'
import type { Fault, Target } from './target.ts'

const SERVER = fileURLToPath(new URL('../../../services/standalone/main.ts', import.meta.url))
const PACKAGE = new URL('../../../package.json', import.meta.url)
const PAUSED_MS = 5_000

/** Fails with a Fault where it does not start. `signal` breaks the start off. */
export async function embeddedTarget(print: (line: string) => void, signal: AbortSignal): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tally-load-'))
  const crash = new AbortController()
  const command = [process.execPath, SERVER] as const
  const environment = environmentOf(await readFile(PACKAGE, 'utf8'))
  const server = new ServerProcess({ command, dataDir, environment, onCrash: (fault) => crash.abort(fault) })
  try {
    await unlessAborted(server.start(), signal)
  } catch (error) {
    await server.stop()
    throw error
  }
  return {
    name: 'embedded: npm start',
    url: server.url,
    watched: [{ name: 'server', metricsUrl: `${server.url}/metrics`, pid: async () => server.pid }],
    faults: [killOf(server), pauseOf(server)],
    crashed: crash.signal,
    async stop(keepsData) {
      await server.stop()
      if (keepsData) print(`The data of the server: ${dataDir}`)
      else await rm(dataDir, { recursive: true })
    },
  }
}

/** The variables that `npm start` sets. */
export function environmentOf(packageJson: string): Record<string, string> {
  const { start } = JSON.parse(packageJson).scripts
  return Object.fromEntries(
    Array.from(String(start).matchAll(/\b([A-Z_]+)=(\S+)/g), ([, name, value]) => [name!, value!]),
  )
}

function killOf(server: ServerProcess): Fault {
  return {
    name: 'kill -9 of the server, then a start on the same data',
    inject: async () => {
      await server.killAndRestart()
    },
  }
}

function pauseOf(server: ServerProcess): Fault {
  return {
    name: `the server stands still for ${PAUSED_MS / 1_000} s`,
    async inject(signal) {
      server.pause()
      await sleep(PAUSED_MS, undefined, { signal }).catch(() => {})
      server.resume()
    },
  }
}
