// Counts everything again with the product itself, which listens on this machine alone and is stopped when it is done.
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { readSettings, type StandaloneSettings } from '../../services/standalone/settings.ts'
import { startStandalone } from '../../services/standalone/standalone.ts'
import { DataDirectoryError } from '../../stores/disk/data-directory.ts'
import { LogError } from '../../stores/log/log.ts'

type Environment = Readonly<Record<string, string | undefined>>

const LOOK_INTERVAL_MS = 500
/** services/standalone/loss.ts */
const COUNTING = /^All that counts held is lost.*being counted again/
const LAG = /^tally_lag_records\{.*\} (\d+)$/gm

/** As for the server, but nobody else finds it and nothing is probed. Throws a SettingsError that names every fault. */
export function settingsFor(environment: Environment, dataDirectory: string | null): StandaloneSettings {
  return readSettings({
    ...environment,
    ...(dataDirectory !== null && { DATA_DIR: dataDirectory }),
    ...{ HOST: '127.0.0.1', PORT: '0', PROBE_INTERVAL_S: '0', PATH_PREFIX: '' },
  })
}

/**
 * Resolves when everything is counted. Fails with a Fault where a source cannot be counted.
 * @param onLeft called with the number of records that are still to be counted
 */
export async function countAgain(
  settings: StandaloneSettings,
  clock: Clock,
  onLeft: (records: number) => void,
): Promise<void> {
  const running = await startStandalone(settings).catch((error) => {
    if (error instanceof DataDirectoryError || error instanceof LogError) throw new Fault(error.message)
    throw error
  })
  try {
    while (true) {
      const answer = await fetch(`${running.url}/health/ready`)
      const { warnings = [], detail } = (await answer.json()) as { warnings?: string[]; detail?: string }
      if (!answer.ok) throw new Fault(`It stands still: ${detail}`)
      if (!warnings.some((warning) => COUNTING.test(warning))) return
      const metrics = await (await fetch(`${running.url}/metrics`)).text()
      onLeft(Array.from(metrics.matchAll(LAG), ([, records]) => Number(records)).reduce((a, b) => a + b, 0))
      await clock.sleep(LOOK_INTERVAL_MS)
    }
  } finally {
    await running.stop()
  }
}
