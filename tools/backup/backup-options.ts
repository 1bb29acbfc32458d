// Parses the command line of npm run backup.
import { join } from 'node:path'
import { isOn, text, url, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { relativePathFault } from '../../lib/relative-path.ts'
import { folderNameAt } from './dated-folders.ts'

type Target = {
  readonly out: string
  /** Of the backups in this folder only so many stay; null: nothing is removed. */
  readonly kept: { readonly folder: string; readonly most: number } | null
}
export type ServerOptions = Target & { readonly url: string; readonly key: string | null }
export type ClusterOptions = Target
export type Options =
  | ({ readonly isCluster: false } & ServerOptions)
  | ({ readonly isCluster: true } & ClusterOptions)

export const COMMAND = {
  usage: `npm run backup -- --out DIR --url URL [--key KEY]
npm run backup -- --cluster --out DIR
npm run backup -- --cluster --into DIR [--keep N]

  Copies everything that a running npm start stores into a directory: events, counts, titles, viewers and keys, as of
  one moment. With --cluster everything that separate services on Kafka and Cassandra need to begin again on empty
  servers. What is backed up goes on working. DIR then holds ids of viewers and the secret key of names: only the
  account that runs this command can read it.`,
  flags: {
    out: text('DIR', 'an empty directory, or one that does not exist yet', ''),
    into: text(
      'DIR',
      'instead of --out: makes a directory in it, named by the time, as for one every night',
      '',
    ),
    keep: wholeNumber('N', 'with --into: afterwards removes older backups in DIR, until N are left', null, {
      least: 1,
    }),
    url: url('the server, on this machine or another one', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, if keys are on (default: the variable ADMIN_KEY)'),
    cluster: isOn('separate services; it reads the environment variables of a reconciler'),
  },
  notes: 'npm run restore makes a data directory or a cluster of it. docs/backup.md says more.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined, nowMs: number): Options {
  const read = new FlagsReader(COMMAND, args)
  const { out: given, into, keep, url, key, cluster: isCluster } = read.values
  read.refuseIf(given === '' && into === '', '--out or --into is needed')
  read.refuseIf(given !== '' && into !== '', '--out and --into exclude each other')
  read.refuseIf(keep !== null && into === '', '--keep needs --into')
  for (const [flag, path] of Object.entries({ '--out': given, '--into': into })) {
    const fault = relativePathFault(path)
    read.refuseIf(fault !== null, `${flag} ${fault}`)
  }
  read.refuseIf(isCluster && key !== null, '--key is for npm start, and --cluster is not')
  read.check()
  const out = into === '' ? given : join(into, folderNameAt(nowMs))
  const kept = keep === null ? null : { folder: into, most: keep }
  if (isCluster) return { isCluster, out, kept }
  return { isCluster, out, kept, url, key: key ?? adminKey ?? null }
}
