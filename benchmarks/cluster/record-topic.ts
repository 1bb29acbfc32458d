// The topic that ours counts from: records of many events, as the partitioner makes them.

import type { Layout } from '../../model/layout.ts'
import { route } from '../../model/route.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import type { Log } from '../../stores/log/log.ts'
import type { Sent } from './event-stream.ts'

/** Records in flight at once. */
const APPENDS_MAX = 256

export async function fillRecordTopic(
  log: Pick<Log, 'append'>,
  layout: Layout,
  stream: Iterable<Sent>,
  eventsPerRecord: number,
): Promise<void> {
  const builders = Array.from({ length: layout.partitions }, () => new RecordBuilder())
  let appends: Promise<unknown>[] = []
  const flush = (builder: RecordBuilder, partition: number) => {
    appends.push(log.append('events', partition, builder.finish()))
    builder.reset()
  }
  for (const { event } of stream) {
    const partition = route([layout], event)
    const builder = builders[partition]!
    builder.add(event)
    if (builder.count === eventsPerRecord) flush(builder, partition)
    if (appends.length < APPENDS_MAX) continue
    await Promise.all(appends)
    appends = []
  }
  for (const [partition, builder] of builders.entries()) if (builder.count > 0) flush(builder, partition)
  await Promise.all(appends)
}
