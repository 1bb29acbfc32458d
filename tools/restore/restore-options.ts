// Parses the command line of npm run restore.
import { text } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { relativePathFault } from '../../lib/relative-path.ts'

export type Options = { readonly from: string; readonly dataDirectory: string }

export const COMMAND = {
  usage: `npm run restore -- --from DIR --data-dir DIR

  Makes a data directory of a backup. Every file of the backup is checked before anything is written; a directory that
  holds something is refused.`,
  flags: {
    from: text('DIR', 'a backup, as npm run backup makes it', ''),
    'data-dir': text('DIR', 'an empty directory, or one that does not exist yet', ''),
  },
  notes:
    'Then start the server on it: DATA_DIR=DIR npm start. docs/backup.md says what to look at before and after.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  const { from, 'data-dir': dataDirectory } = read.values
  read.refuseIf(from === '', '--from is needed')
  read.refuseIf(dataDirectory === '', '--data-dir is needed')
  for (const [flag, path] of Object.entries({ '--from': from, '--data-dir': dataDirectory })) {
    const fault = relativePathFault(path)
    read.refuseIf(fault !== null, `${flag} ${fault}`)
  }
  read.check()
  return { from, dataDirectory }
}
