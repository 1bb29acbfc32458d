// Asks an admin route of a running Tally for a long answer.
import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { Fault } from '../lib/fault.ts'
import { jsonValue } from '../lib/json-value.ts'

const DETAIL_CHARS_MAX = 500

/** The answer's body. Without fetch, which gives up if an answer takes minutes to begin. Fails with a Fault. */
export async function download(url: string, path: string, key: string | null): Promise<IncomingMessage> {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` }
  const get = url.startsWith('https:') ? getHttps : getHttp
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}${path}`, { headers, agent: false }, resolve).once('error', (cause: NodeJS.ErrnoException) => {
      reject(new Fault(`${url} does not answer: ${cause.message || cause.code}`))
    })
  })
  if (answer.statusCode === 200) return answer
  const said = await text(answer)
  const problem = jsonValue(said) as { readonly detail?: unknown } | null | undefined
  const detail = String(problem?.detail ?? said).slice(0, DETAIL_CHARS_MAX)
  throw new RefusedDownload(answer.statusCode!, `${url} answers ${answer.statusCode}: ${detail}`)
}

export class RefusedDownload extends Fault {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
