// Opens what a backup of separate services reads, on real servers, by the environment variables of the reconcilers.
import { join } from 'node:path'
import type { Clock } from '../../../lib/clock.ts'
import product from '../../../package.json' with { type: 'json' }
import type { ReconcilerServiceSettings } from '../../../services/reconciler/settings.ts'
import { openCassandraStores } from '../../../stores/backing/open-cassandra-stores.ts'
import { openLog } from '../../../stores/log/open-log.ts'
import { openObjects } from '../../../stores/objects/open-objects.ts'
import { WatermarkReader } from '../../../stores/watermarks/kafka-watermarks.ts'
import type { CopiedCluster } from './cluster.ts'

const NAME = 'tally-backup'

/** Waits for Kafka and Cassandra. `print` is told of what it waits for. Closed by the stack. */
export async function openCluster(
  { kafka, cassandra, objects, dataDirectory, batch }: ReconcilerServiceSettings,
  stack: AsyncDisposableStack,
  clock: Clock,
  print: (line: string) => void,
): Promise<CopiedCluster> {
  const onRetry = (what: string, _attempt: number, error: unknown) =>
    print(`could not ${what}, will try again: ${(error as Error).message}`)
  const { log, client, close } = await openLog(kafka, NAME, clock, onRetry, new AbortController().signal)
  stack.defer(close)
  const stores = await openCassandraStores(cassandra, { clock, random: Math.random, onRetry })
  stack.defer(() => stores.close())
  const watermarks = new WatermarkReader(client, kafka.prefix)
  return {
    ...{ log, client, stores, prefix: kafka.prefix, product: product.version },
    disks: () => watermarks.read(),
    objects: await openObjects(objects, join(dataDirectory, 'scratch', 'backup'), clock),
    batch,
  }
}
