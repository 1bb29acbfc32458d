'use client'
// A button that sends an event and shows the new count. `@tally/sdk` runs in the page: events go from there to Tally.
import { createClient } from '@tally/sdk'
import { useState } from 'react'

const ENDED = { sending: 'Sending …', failed: 'Not sent: try again' } as const

export function LikeButton(props: {
  readonly url: string
  readonly videoId: string
  readonly likes: number
}) {
  const [likes, setLikes] = useState(props.likes)
  const [state, setState] = useState<'idle' | keyof typeof ENDED>('idle')

  async function like() {
    setState('sending')
    try {
      await createClient({ url: props.url }).processEvents([{ videoId: props.videoId, type: 'like' }])
      setLikes(likes + 1)
      setState('idle')
    } catch {
      setState('failed')
    }
  }

  return (
    <button type="button" onClick={like} disabled={state === 'sending'}>
      {state === 'idle' ? `${likes} likes` : ENDED[state]}
    </button>
  )
}
