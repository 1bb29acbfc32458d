// share: a link that shows one video or channel to whoever has it.
import { notTally } from './question.ts'
import { request, type Transport } from './request.ts'
import type { CallOptions } from './stats.ts'

export type Share = {
  /** Hours or days, from PT1H to P90D; P7D when missing. */
  readonly expiresIn?: string
} & (
  | { readonly videoId: string; readonly channelId?: never }
  | { readonly channelId: string; readonly videoId?: never }
)

export type ShareLink = {
  /** For people: the page that shows it. */
  readonly url: string
  /** For programs: an `apiKey` that reads the video or channel and nothing else. */
  readonly token: string
  readonly expiresAt: string
}

/** See `Reader.share`. */
export async function share(
  transport: Transport,
  shown: Share,
  { signal }: CallOptions = {},
): Promise<ShareLink> {
  const body = JSON.stringify(shown)
  const answer = await request(transport, { method: 'POST', path: '/v1/share', body, signal })
  const link = answer as ShareLink | null
  if (!link?.token) throw notTally('token')
  return link
}
