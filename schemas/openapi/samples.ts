// Sample calls in the description, for people to copy: see `x-codeSamples` of Redoc and others. A test runs them all.
import type { CodeSample } from './docs/description.ts'
import { jsonText } from './docs/json-text.ts'

export type Call = {
  readonly path: string
  /** Left out: GET, or POST where there is a body. */
  readonly method?: 'DELETE' | 'POST' | 'PUT' | 'QUERY'
  /** Sent as JSON. In place of the text NOW, the time at which the sample runs is sent. */
  readonly body?: object
  /** Further arguments of curl, as a shell reads them. */
  readonly options?: string
  /** A piece of a program that has a client `tally`. */
  readonly sdk?: string
}

/** Where `npm start` listens. */
const URL = 'http://localhost:8080'

/** The present time, as a shell tells it: events of a fixed time become too old to be accepted. */
export const NOW = '$(date -u +%FT%TZ)'

export function samples({ path, method, body, options, sdk }: Call): readonly CodeSample[] {
  const words = [
    'curl',
    ...(method === undefined ? [] : ['-X', method]),
    `'${URL}${path}'`,
    ...(options === undefined ? [] : [options]),
    ...(body === undefined ? [] : ['--json', quoted(jsonText(body))]),
  ]
  const curl = { lang: 'Shell', label: 'curl', source: words.join(' ') }
  return sdk === undefined ? [curl] : [curl, { lang: 'TypeScript', label: 'SDK', source: sdk }]
}

/** Between single quotes a shell changes nothing; the time stands outside of them. */
function quoted(text: string): string {
  return `'${text.replaceAll(NOW, `'${NOW}'`)}'`
}
