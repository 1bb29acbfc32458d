// Sample calls in the description, for people to copy: see `x-codeSamples` of Redoc and others.
import type { CodeSample } from './docs/description.ts'
import { jsonText } from './docs/json-text.ts'

export type Call = {
  readonly path: string
  /** Left out: GET, or POST where there is a body. */
  readonly method?: 'PUT'
  /** Sent as JSON. */
  readonly body?: object
  /** A piece of a program that has a client `tally`. */
  readonly sdk?: string
}

/** Where `npm start` listens. */
const URL = 'http://localhost:8080'

export function samples({ path, method, body, sdk }: Call): readonly CodeSample[] {
  const json = body === undefined ? '' : ` --json '${jsonText(body)}'`
  const curl = {
    lang: 'Shell',
    label: 'curl',
    source: `curl ${method === undefined ? '' : `-X ${method} `}'${URL}${path}'${json}`,
  }
  return sdk === undefined ? [curl] : [curl, { lang: 'TypeScript', label: 'SDK', source: sdk }]
}
