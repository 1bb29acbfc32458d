// What a page of another site needs to show the number of a video. Pure.

/** `type` needs no escape in an attribute. */
export function embedSnippet(origin: string, videoId: string, type: string): string {
  const id = videoId.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return (
    `<script type="module" src="${origin}/tally-count.js"></script>\n` +
    `<tally-count video="${id}" type="${type}"></tally-count>`
  )
}
