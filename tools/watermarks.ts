// npm run watermarks -- list|forget ID: up to when each partitioner has handed over what it acknowledged. One that is
// gone for good, with its disk, keeps answers from being complete until it is forgotten.
import { commandLine, misused } from '../lib/command-line.ts'
import type { KafkaClient } from '../stores/log/kafka/kafka-client.ts'
import { LogError } from '../stores/log/log.ts'
import { removeWatermark, WatermarkReader } from '../stores/watermarks/kafka-watermarks.ts'
import { type Disk, isSilent } from '../stores/watermarks/watermarks.ts'
import { KAFKA_FLAGS, withKafka } from './with-kafka.ts'

const COMMAND = {
  usage: 'npm run watermarks -- list | forget ID [flags]',
  flags: KAFKA_FLAGS,
  takesOperands: true,
}

const { operands, values } = commandLine(COMMAND)
const [command = '', id = ''] = operands
const isList = command === 'list' && operands.length === 1
const isForget = command === 'forget' && operands.length === 2
if (!isList && !isForget) misused('Give list, or forget and the id of a disk.', COMMAND)
await withKafka('watermarks', values['timeout-s'], (client, prefix) =>
  isList ? list(client, prefix) : forget(client, prefix),
)

async function list(client: KafkaClient, prefix: string): Promise<void> {
  const disks = Array.from(await new WatermarkReader(client, prefix).read())
  if (disks.length === 0) console.log('No partitioner has told a watermark.')
  for (const [id, disk] of disks) console.log(line(id, disk))
}

async function forget(client: KafkaClient, prefix: string): Promise<void> {
  const disk = (await new WatermarkReader(client, prefix).read()).get(id)
  if (disk === undefined) throw new LogError('unavailable', `No disk ${id} is known: see list.`)
  if (!disk.hasEnded && !isSilent(disk, Date.now()))
    throw new LogError('unavailable', `The partitioner of disk ${id} is running: stop it first.`)
  await removeWatermark(client, prefix, id)
  console.log(`Disk ${id} is forgotten.`)
  if (!disk.hasEnded) console.log('What was acknowledged there and is not in the log is lost.')
}

function line(id: string, disk: Disk): string {
  if (disk.hasEnded) return `disk ${id}: ended, and left nothing behind`
  const { upToMs, toldMs } = disk.told.at(-1)!
  const silentS = Math.round((Date.now() - toldMs) / 1_000)
  const state = isSilent(disk, Date.now()) ? `silent for ${silentS} s` : 'running'
  return `disk ${id}: all until ${new Date(upToMs).toISOString()} is in the log; ${state}`
}
