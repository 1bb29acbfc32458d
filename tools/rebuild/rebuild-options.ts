// Parses the command line of npm run rebuild.
import { isOn, text } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

export type Options = {
  readonly dataDirectory: string | null
  readonly isAgreed: boolean
  readonly isCluster: boolean
  readonly accepts: boolean
}

export const COMMAND = {
  usage: `npm run rebuild -- [--data-dir DIR] [--yes]
npm run rebuild -- --cluster [--yes]

  Counts everything again that the log and the archive hold, into new counts: for a stopped npm start, or with --cluster
  for separate services whose keyspace in Cassandra is lost. First it lists what that is, and what cannot be made again;
  without --yes it ends there and has changed nothing: exit code 0 if it would begin. If it is killed, run it again: it
  goes on. Old counts on a disk are kept beside the new ones until you remove them.`,
  flags: {
    'data-dir': text('DIR', 'the data directory (default: the variable DATA_DIR, or ./data)'),
    cluster: isOn(
      'separate services on Kafka and Cassandra: processing, workers, reconcilers and query are stopped',
    ),
    yes: isOn('go on after the list'),
    accept: isOn('with --cluster, afterwards: tell no more that older counts are lost'),
  },
  notes:
    'It reads the environment variables of npm start, or with --cluster those of a reconciler: set them as for the ' +
    'server. docs/backup.md says more.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  const { 'data-dir': dataDirectory, cluster: isCluster, yes: isAgreed, accept: accepts } = read.values
  read.refuseIf(isCluster && dataDirectory !== null, '--data-dir is for npm start, and --cluster is not')
  read.refuseIf(accepts && !isCluster, '--accept needs --cluster')
  read.refuseIf(accepts && isAgreed, '--accept and --yes are two steps')
  read.check()
  return { dataDirectory, isAgreed, isCluster, accepts }
}
