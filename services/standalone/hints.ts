// What somebody who has just started the product wants next, in lines to read and to paste.
import { resolve } from 'node:path'

export type HintFacts = {
  readonly url: string
  readonly dataDirectory: string
  readonly needsKey: boolean
}

export function hintsOf({ url, dataDirectory, needsKey }: HintFacts): string[] {
  const key = needsKey ? ` -H "authorization: Bearer $KEY"` : ''
  const fields = `{"id":"'$(date +%s)'","videoId":"cats","type":"view","time":"'$(date -u +%FT%TZ)'"}`
  const event = `-H 'content-type: application/json' -d '${fields}'`
  return [
    `page  ${url}/`,
    `docs  ${url}/docs`,
    `data  ${resolve(dataDirectory)}`,
    `send  curl ${url}/v1/events${key} ${event}`,
    `ask   curl${key} '${url}/v1/videos/cats/stats?eventType=view&function=count'`,
  ]
}
