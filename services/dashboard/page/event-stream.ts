// Reads server-sent events from a byte stream, as the HTML standard defines them. Unlike with EventSource, the
// request can carry an API key. Pure apart from its input.

export type StreamEvent = { readonly event: string; readonly data: string; readonly id: string }

const EVENT_CHARS_MAX = 1 << 20

/** Ends with the stream; an unfinished event at its end is dropped. Fails if an event is far too long. */
export async function* streamEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let [event, data, id] = ['', [] as string[], '']
  let text = ''
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    text = lines.pop()!
    if (text.length > EVENT_CHARS_MAX) throw new Error('an event of the stream never ends')
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id }
        event = ''
        data = []
        continue
      }
      const [field, value] = fieldOf(line)
      if (field === 'event') event = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') id = value
    }
  }
}

/** A line that starts with a colon is a comment: its field has no name. */
function fieldOf(line: string): [string, string] {
  const at = line.indexOf(':')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')]
}
