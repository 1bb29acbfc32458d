// A page of Next's app router, rendered on the server: it reads with a key that never leaves the server. A server
// component only reads, so it needs `@tally/sdk/read` alone.
import { createReader } from '@tally/sdk/read'
import { LikeButton } from '../../like-button'

const apiKey = process.env.TALLY_READ_KEY
const url = process.env.TALLY_URL ?? 'http://localhost:8080'

export default async function VideoPage(props: { readonly params: Promise<{ readonly id: string }> }) {
  const { id } = await props.params
  const tally = createReader({ url, ...(apiKey && { apiKey }) })
  const { types } = await tally.getSummary(id)
  return (
    <main>
      <h1>{id}</h1>
      <p>{types.view?.count ?? 0} views</p>
      <LikeButton url={url} videoId={id} likes={types.like?.count ?? 0} />
    </main>
  )
}
