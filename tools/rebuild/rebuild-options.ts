// Parses the command line of npm run rebuild.
import { isOn, text } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

export type Options = { readonly dataDirectory: string | null; readonly isAgreed: boolean }

export const COMMAND = {
  usage: `npm run rebuild -- [--data-dir DIR] [--yes]

  For a stopped npm start: counts everything again that the log and the archive hold, into new counts. First it lists
  what that is, and what cannot be made again; without --yes it ends there and has changed nothing. If it is killed,
  run it again: it goes on. The old counts are kept beside the new ones until you remove them.`,
  flags: {
    'data-dir': text('DIR', 'the data directory (default: the variable DATA_DIR, or ./data)'),
    yes: isOn('go on after the list'),
  },
  notes:
    'It reads the environment variables of npm start: set them as for the server. docs/backup.md says more.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  read.check()
  return { dataDirectory: read.values['data-dir'], isAgreed: read.values.yes }
}
