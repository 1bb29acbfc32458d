// Parses the command line of npm run restore.
import { isOn, text } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { relativePathFault } from '../../lib/relative-path.ts'

/** `dataDirectory`: null for a cluster. */
export type Options = { readonly from: string; readonly dataDirectory: string | null }

export const COMMAND = {
  usage: `npm run restore -- --from DIR --data-dir DIR
npm run restore -- --from DIR --cluster

  Makes a data directory of a backup, or with --cluster what separate services need on empty servers. Every file of the
  backup is checked before anything is written; a directory or a cluster that holds something is refused. If it is
  killed, run it again.`,
  flags: {
    from: text('DIR', 'a backup, as npm run backup makes it', ''),
    'data-dir': text('DIR', 'an empty directory, or one that does not exist yet', ''),
    cluster: isOn(
      'separate services, of which none runs; it reads the environment variables of a reconciler',
    ),
  },
  notes:
    'Then start the server on it: DATA_DIR=DIR npm start. docs/backup.md says what to look at before and after.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  const { from, 'data-dir': dataDirectory, cluster: isCluster } = read.values
  read.refuseIf(from === '', '--from is needed')
  read.refuseIf(dataDirectory === '' && !isCluster, '--data-dir or --cluster is needed')
  read.refuseIf(dataDirectory !== '' && isCluster, '--data-dir is for npm start, and --cluster is not')
  for (const [flag, path] of Object.entries({ '--from': from, '--data-dir': dataDirectory })) {
    const fault = relativePathFault(path)
    read.refuseIf(fault !== null, `${flag} ${fault}`)
  }
  read.check()
  return { from, dataDirectory: isCluster ? null : dataDirectory }
}
