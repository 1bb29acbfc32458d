// What a User-Agent says of the device and the browser of a viewer: a few words, from which nobody can be recognised.
// The text itself is kept nowhere but in a bounded cache in memory.
import { BROWSER_MAP, getParser } from 'bowser'
import { RecentValues } from '../../lib/recent-values.ts'

export type Agent = {
  readonly device: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'console' | 'other'
  /** The name of a family that is known, without its version, or `Other`. */
  readonly browser: string
}

/** Judging one takes some 20 µs, and pages of millions of viewers send few thousand different ones. */
const KNOWN_AGENTS_MAX = 2_000
/** Longer ones are cut, and not kept: whoever writes them shall keep neither the parser busy nor memory. */
const AGENT_CHARS_MAX = 512

/** The browsers of consoles and of many televisions call themselves telephones or desktops. */
const CONSOLE = /\b(playstation|xbox|nintendo)\b/i
const TV = new RegExp(
  [
    ...['smart-?tv', 'hbbtv', 'googletv', 'android ?tv', 'apple ?tv', 'netcast', 'web0s', 'roku'],
    ...['crkey', 'aft[a-z]{1,5}', 'bravia', 'viera', 'mibox', 'shield android'],
  ]
    .map((word) => `\\b${word}`)
    .join('|'),
  'i',
)
const DEVICES: ReadonlySet<string> = new Set<Agent['device']>(['desktop', 'mobile', 'tablet', 'tv'])
const BROWSERS = new Map(Object.values(BROWSER_MAP).map((name) => [name, name]))
BROWSERS.set('Microsoft Edge', 'Edge').set('Samsung Internet for Android', 'Samsung Internet')
const OTHER = 'Other'

const known = new RecentValues<Agent>(KNOWN_AGENTS_MAX)

/** Null where the header is missing or empty. */
export function agentOf(header: string | undefined): Agent | null {
  if (header === undefined || header.trim() === '') return null
  if (header.length > AGENT_CHARS_MAX) return judged(header.slice(0, AGENT_CHARS_MAX))
  const before = known.get(header)
  if (before !== undefined) return before
  const agent = judged(header)
  known.set(header, agent, 1)
  return agent
}

function judged(text: string): Agent {
  const parser = getParser(text, true)
  return { device: deviceOf(text, parser.getPlatformType(true)), browser: familyOf(parser.getBrowserName()) }
}

function deviceOf(text: string, platform: string): Agent['device'] {
  if (CONSOLE.test(text)) return 'console'
  if (TV.test(text)) return 'tv'
  return DEVICES.has(platform) ? (platform as Agent['device']) : 'other'
}

/** What the parser takes from the text itself, because it knows no better, is no family. */
function familyOf(name: string): string {
  return BROWSERS.get(name) ?? OTHER
}
