// npm run overload -- on|off|status: switches the overload lane on or off, from the next minute that all partitioners
// can know of; status shows from when on which lane is used.
import { randomUUID } from 'node:crypto'
import { commandLine, misused } from '../lib/command-line.ts'
import { wholeNumber } from '../lib/flags.ts'
import { inTime } from '../lib/in-time.ts'
import { SettingsError, SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { MINUTE_MS } from '../model/bucket.ts'
import type { Layout } from '../model/layout.ts'
import { CLIENTS } from '../stores/log/kafka/kafka-clients.ts'
import { openKafkaLayouts } from '../stores/log/kafka/kafka-layouts.ts'
import { type KafkaSettings, readKafkaSettings } from '../stores/log/kafka/kafka-settings.ts'
import { LogError } from '../stores/log/log.ts'

const COMMAND = {
  usage: 'npm run overload -- on|off|status [flags]',
  flags: {
    'timeout-s': wholeNumber('SECONDS', 'how long Kafka may take', 20, { least: 1, most: 3_600 }),
  },
  takesOperands: true,
}
const SHOWN_MAX = 10

const { operands, values } = commandLine(COMMAND)
const [command = ''] = operands
if (operands.length !== 1 || !['on', 'off', 'status'].includes(command))
  misused('Give one of on, off and status.', COMMAND)
try {
  await obey(command, values['timeout-s'])
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof LogError)) throw error
  console.error(`overload: ${error.message}`)
  process.exit(1) // its clients may still wait for Kafka
}

async function obey(command: string, timeoutS: number): Promise<void> {
  const read = new SettingsReader(process.env)
  const kafka = readKafkaSettings(read)
  read.check()
  const late = () =>
    new LogError('unavailable', `Kafka at ${kafka.brokers.join()} did not answer within ${timeoutS} s.`)
  await inTime(switchOrShow(command, kafka), timeoutS * 1_000, late)
}

async function switchOrShow(command: string, kafka: KafkaSettings): Promise<void> {
  const client = CLIENTS[kafka.client]({ ...kafka, clientId: 'tally-overload' })
  try {
    const layouts = await openKafkaLayouts({
      client,
      clock: systemClock,
      prefix: kafka.prefix,
      newProposalId: randomUUID,
      onRefreshFailed: () => {},
    })
    try {
      if (command !== 'status') await layouts.proposeOverflow(command === 'on')
      for (const layout of layouts.current().slice(-SHOWN_MAX)) console.log(line(layout))
    } finally {
      await layouts.close()
    }
  } finally {
    await client.close()
  }
}

function line({ version, fromMinute, overflow }: Layout): string {
  const since = fromMinute === 0 ? 'the beginning' : new Date(fromMinute * MINUTE_MS).toISOString()
  return `layout ${version}, from ${since}: overload lane ${overflow ? 'on' : 'off'}`
}
