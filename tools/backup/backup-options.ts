// Parses the command line of npm run backup.
import { isOn, text, url } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { relativePathFault } from '../../lib/relative-path.ts'

export type ServerOptions = { readonly out: string; readonly url: string; readonly key: string | null }
export type ClusterOptions = { readonly out: string }
export type Options =
  | ({ readonly isCluster: false } & ServerOptions)
  | ({ readonly isCluster: true } & ClusterOptions)

export const COMMAND = {
  usage: `npm run backup -- --out DIR --url URL [--key KEY]
npm run backup -- --cluster --out DIR

  Copies everything that a running npm start stores into a directory: events, counts, titles, viewers and keys, as of
  one moment. With --cluster everything that separate services on Kafka and Cassandra need to begin again on empty
  servers. What is backed up goes on working. DIR then holds ids of viewers and the secret key of names: only the
  account that runs this command can read it.`,
  flags: {
    out: text('DIR', 'an empty directory, or one that does not exist yet', ''),
    url: url('the server, on this machine or another one', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, if keys are on (default: the variable ADMIN_KEY)'),
    cluster: isOn('separate services; it reads the environment variables of a reconciler'),
  },
  notes: 'npm run restore makes a data directory or a cluster of it. docs/backup.md says more.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const read = new FlagsReader(COMMAND, args)
  const { out, url, key, cluster: isCluster } = read.values
  read.refuseIf(out === '', '--out is needed')
  const fault = relativePathFault(out)
  read.refuseIf(fault !== null, `--out ${fault}`)
  read.refuseIf(isCluster && key !== null, '--key is for npm start, and --cluster is not')
  read.check()
  if (isCluster) return { isCluster, out }
  return { isCluster, out, url, key: key ?? adminKey ?? null }
}
