// How every process of the product is composed: it opens what it needs, adds what it serves, and listens.
import product from '../../package.json' with { type: 'json' }
import type { Clock } from '../clock.ts'
import { listeningUrl } from '../listening-url.ts'
import { retryLogger } from '../logging.ts'
import { inBackground, type Opening } from '../opening.ts'
import type { Running } from '../run-process.ts'
import { systemClock } from '../system-clock.ts'
import { NO_TRACES, type Traces } from '../traces.ts'
import { watchDisk } from './disk-metrics.ts'
import { FiledKeys } from './keys/filed-keys.ts'
import { KeyRing, type Keys } from './keys/key-ring.ts'
import { registerLogLevel } from './log-level.ts'
import { type OpenedServer, openServer } from './open-server.ts'
import { closeWhileDraining, Readiness } from './readiness.ts'
import type { ServerSettings } from './server-settings.ts'

export type Service = Opening &
  OpenedServer & {
    readonly keys: Keys
    /** What operators should know of the keys. */
    readonly keyWarnings: () => readonly string[]
    readonly readiness: Readiness
    readonly traces: Traces
    /** Takes requests until the stack closes, which is done with them before it closes what was opened earlier. */
    listen(): Promise<string>
  }

/** So long what a failed start has opened may take to close. */
const CLOSING_TIMEOUT_MS = 10_000

/**
 * Fails as `compose` does, once what that had opened is closed. Its `stop` says first that it is not ready, goes on
 * for the time in the settings, so that balancers can send elsewhere, and then closes.
 */
export async function startService(
  name: string,
  settings: ServerSettings,
  signal: AbortSignal,
  compose: (service: Service) => Promise<void>,
  clock: Clock = systemClock,
): Promise<Running> {
  const stack = new AsyncDisposableStack()
  const { app, admin, registry } = openServer(settings)
  watchDisk(registry, settings.dataDirectory)
  const readiness = new Readiness()
  closeWhileDraining(app, readiness)
  const listen = async () => {
    stack.defer(() => app.close())
    stack.defer(async () => admin?.close())
    await app.listen({ host: settings.host, port: settings.port })
    if (admin !== null) await admin.listen({ host: settings.host, port: settings.adminPort! })
    return listeningUrl(app, settings.host)
  }
  const opening = { name, stack, clock, logger: app.log, onRetry: retryLogger(app.log), signal }
  try {
    const traces = await openTraces(opening, app, settings)
    const { keys, filed } = await openKeys(opening, settings)
    filed.watchedBy(registry)
    const keyWarnings = () => filed.warnings
    if (admin !== null) registerLogLevel(admin, keys, [app.log, admin.log])
    await compose({ ...opening, app, admin, registry, readiness, traces, listen, keys, keyWarnings })
  } catch (error) {
    await closeInTime(opening)
    throw error
  }
  const stop = async () => {
    readiness.drain()
    if (settings.drainMs > 0) await clock.sleep(settings.drainMs)
    await stack.disposeAsync()
  }
  return { url: listeningUrl(app, settings.host), stop }
}

/** What it takes is loaded only where traces are wanted. */
async function openTraces(
  { name, stack, logger }: Opening,
  app: OpenedServer['app'],
  { traces: settings, trustProxy }: ServerSettings,
): Promise<Traces> {
  if (settings === null) return NO_TRACES
  const { OtlpTraces } = await import('./otlp-traces.ts')
  const traces = new OtlpTraces(settings, { name, version: product.version, logger, trustProxy })
  stack.defer(() => traces.close())
  traces.follow(app)
  return traces
}

/** Fails with a KeysFileFault if the keys file cannot be used. */
async function openKeys(opening: Opening, settings: ServerSettings) {
  const { clock, logger } = opening
  const keys = new KeyRing(settings, clock, settings.badKeysPerMinuteMax)
  const filed = await FiledKeys.open({ path: settings.keysFile, ring: keys, clock, logger })
  inBackground(opening, (stopping) => filed.follow(stopping))
  return { keys, filed }
}

/** Never fails: why the start failed is what is to be told. */
export async function closeInTime({ stack, clock, logger }: Pick<Opening, 'stack' | 'clock' | 'logger'>) {
  const closed = new AbortController()
  const late = clock.sleep(CLOSING_TIMEOUT_MS, closed.signal)
  const closing = stack.disposeAsync().catch((err) => logger.warn({ err }, 'could not close in order'))
  await Promise.race([closing, late])
  closed.abort()
}
