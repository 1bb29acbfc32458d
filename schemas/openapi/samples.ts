// Sample calls in the description, for people to copy: see `x-codeSamples` of Redoc and others. A test runs them all.
import type { CodeSample } from './docs/description.ts'
import { jsonText } from './docs/json-text.ts'

export type Call = {
  /** May hold NOW, and `$ID` where `given` sets it. */
  readonly path: string
  /** Left out: GET, or POST where there is a body. */
  readonly method?: 'DELETE' | 'POST' | 'PUT' | 'QUERY'
  /** Sent as JSON. In place of the text NOW, the time at which the sample runs is sent. */
  readonly body?: object
  /** Sent as lines of JSON. */
  readonly lines?: readonly object[]
  /** Further arguments of curl, as a shell reads them. */
  readonly options?: string
  /** What a shell must run before. */
  readonly given?: string
  /** A piece of a program that has a client `tally`. */
  readonly sdk?: string
}

/** Where `npm start` listens. */
export const URL = 'http://localhost:8080'

/** The present time, as a shell tells it: events of a fixed time become too old to be accepted. */
export const NOW = '$(date -u +%FT%TZ)'

export function samples(call: Call): readonly CodeSample[] {
  const { path, method, body, lines, options, given, sdk } = call
  const words = [
    'curl',
    ...(method === undefined ? [] : ['-X', method]),
    ...(options === undefined ? [] : [options]),
    quoted(URL + path),
    ...(body === undefined ? [] : ['--json', quoted(jsonText(body))]),
    ...(lines === undefined
      ? []
      : ["-H 'content-type: application/x-ndjson' --data-binary", quotedLines(lines)]),
  ]
  const source = [...(given === undefined ? [] : [given]), words.join(' ')].join('\n')
  const curl = { lang: 'Shell', label: 'curl', source }
  return sdk === undefined ? [curl] : [curl, { lang: 'TypeScript', label: 'SDK', source: sdk }]
}

function quotedLines(lines: readonly object[]): string {
  return quoted(lines.map((line) => JSON.stringify(line)).join('\n'))
}

/** Between single quotes a shell changes nothing; the time and `$ID` stand outside of them. */
function quoted(text: string): string {
  const parts = text.replaceAll(NOW, `'${NOW}'`).replaceAll('$ID', "'$ID'")
  return `'${parts}'`.replace(/''$/, '')
}
