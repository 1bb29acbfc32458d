// The services while servers come and go: the first of each kind gets new settings, the second goes on with those that
// it has.
import { restartInTurn } from '../faults/rolling-restart.ts'
import { timed, type World } from './world.ts'

/** Longer than nginx sends nothing to a server that failed. */
const PAUSE_MS = 4_000
const SERVICES = ['partitioner', 'processing', 'query', 'reconciler']

/** Restarts the first of each with these settings. Fails if a sender or an asker notices. */
export async function inTurn(
  { cluster, sender }: World,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const names = SERVICES.map((service) => `${service}-1`)
  for (const name of names) cluster.service(name).configure(environment)
  await timed(`${names.join(', ')} have new settings`, restartInTurn(cluster, sender, names, PAUSE_MS))
}
