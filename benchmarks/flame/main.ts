// npm run bench:flame: draws a CPU profile that Node wrote (--cpu-prof) as a flame graph.
import { readFileSync, writeFileSync } from 'node:fs'
import { commandLine, misused } from '../../lib/command-line.ts'
import { text } from '../../lib/flags.ts'
import { flameGraph } from './flame-graph.ts'

const COMMAND = {
  usage: `npm run bench:flame -- --profile FILE --title TEXT --out FILE   a flame graph of a CPU profile

  NODE_OPTIONS="--cpu-prof --cpu-prof-dir=DIR" before a command writes one for each of its processes.`,
  flags: {
    profile: text('FILE', 'a .cpuprofile of Node'),
    title: text('TEXT', 'what ran'),
    out: text('FILE', 'where the SVG is written'),
  },
}

const { profile, title, out } = commandLine(COMMAND).values
if (profile === null || title === null || out === null) {
  misused('--profile, --title and --out are needed', COMMAND)
}
writeFileSync(out, flameGraph(JSON.parse(readFileSync(profile, 'utf8')), title))
