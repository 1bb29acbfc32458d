// npm run overload -- on|off|status: switches the overload lane on or off, from the next minute that all partitioners
// can know of; status shows from when on which lane is used.
import { randomUUID } from 'node:crypto'
import { commandLine, misused } from '../lib/command-line.ts'
import { systemClock } from '../lib/system-clock.ts'
import { MINUTE_MS } from '../model/bucket.ts'
import type { Layout } from '../model/layout.ts'
import type { KafkaClient } from '../stores/log/kafka/kafka-client.ts'
import { openKafkaLayouts } from '../stores/log/kafka/kafka-layouts.ts'
import { KAFKA_FLAGS, withKafka } from './with-kafka.ts'

const COMMAND = {
  usage: 'npm run overload -- on|off|status [flags]',
  flags: KAFKA_FLAGS,
  takesOperands: true,
}
const SHOWN_MAX = 10

const { operands, values } = commandLine(COMMAND)
const [command = ''] = operands
if (operands.length !== 1 || !['on', 'off', 'status'].includes(command))
  misused('Give one of on, off and status.', COMMAND)
await withKafka('overload', values['timeout-s'], switchOrShow)

async function switchOrShow(client: KafkaClient, prefix: string): Promise<void> {
  const layouts = await openKafkaLayouts({
    ...{ client, prefix },
    clock: systemClock,
    newProposalId: randomUUID,
    onRefreshFailed: () => {},
  })
  try {
    if (command !== 'status') await layouts.proposeOverflow(command === 'on')
    for (const layout of layouts.current().slice(-SHOWN_MAX)) console.log(line(layout))
  } finally {
    await layouts.close()
  }
}

function line({ version, fromMinute, overflow }: Layout): string {
  const since = fromMinute === 0 ? 'the beginning' : new Date(fromMinute * MINUTE_MS).toISOString()
  return `layout ${version}, from ${since}: overload lane ${overflow ? 'on' : 'off'}`
}
