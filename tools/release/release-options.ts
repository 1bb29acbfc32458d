// Parses the command line of npm run release.
import { isOn, text } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { relativePathFault } from '../../lib/relative-path.ts'

export type Options = { readonly isTrial: boolean; readonly out: string }

export const COMMAND = {
  usage: `npm run release -- [--dry-run] [--out DIR]

  Makes the files of a release of this commit: the package of the SDK, the sources that the image is built of, a bill
  of materials (CycloneDX), and checksums. It publishes nothing: at the end it prints the commands that do.
  It fails where CHANGELOG.md has no entry for the version, or where something is not committed.`,
  flags: {
    'dry-run': isOn('take [Unreleased] for the entry, and what is not committed is no fault'),
    out: text('DIR', 'an empty directory, or one that does not exist yet', 'artifacts/release'),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  const { 'dry-run': isTrial, out } = read.values
  const fault = relativePathFault(read.isGiven('out') ? out : '')
  read.refuseIf(fault !== null, `--out ${fault}`)
  read.check()
  return { isTrial, out }
}
