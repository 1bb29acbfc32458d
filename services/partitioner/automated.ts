// Whether a page sends by itself rather than for a viewer. Only pages are judged: what a server calls itself says
// nothing of the viewer for whom it sends.
import { isbot } from 'isbot'
import { RecentValues } from '../../lib/recent-values.ts'
import type { Automated } from '../../model/automated.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

const HEADLESS = /headless/i
const PREFETCH = /\bprefetch\b/i
/** Judging one takes microseconds, and pages of millions of viewers send few thousand different ones. */
const KNOWN_AGENTS_MAX = 2_000
const AGENT_CHARS_MAX = 512

const known = new RecentValues<{ readonly automated: Automated | null }>(KNOWN_AGENTS_MAX)

/** A browser names the origin of a page that sends; null for what is no page, and for a viewer's browser. */
export function automatedOf(headers: Headers): Automated | null {
  if (headers.origin === undefined) return null
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz']
  if (purpose !== undefined && PREFETCH.test(String(purpose))) return 'prefetch'
  return ofAgent(String(headers['user-agent'] ?? '').slice(0, AGENT_CHARS_MAX))
}

function ofAgent(agent: string): Automated | null {
  const before = known.get(agent)
  if (before !== undefined) return before.automated
  const automated = HEADLESS.test(agent) ? 'headless' : isbot(agent) ? 'bot' : null
  known.set(agent, { automated }, 1)
  return automated
}
