// <tally-count video="…" type="view">: a live number on anyone's page.
//
//   <script type="module" src="https://tally.example/tally-count.js"></script>
//   <tally-count video="cats"></tally-count> views
//
// Counters of one server and type share a connection; without server push, the number is polled. It
// is text in the page's own font: style the element, and `--tally-count-color`, `--tally-count-weight`.

const POLL_MS = 5_000
const RETRY_MS = 10_000
const OWN_ORIGIN = new URL(import.meta.url).origin

const style = new CSSStyleSheet()
style.replaceSync(`
  :host { display: inline-block; font-variant-numeric: tabular-nums; min-width: 1ch;
    color: var(--tally-count-color, inherit); font-weight: var(--tally-count-weight, inherit) }
  :host([hidden]) { display: none }`)

/** All counters of one server and type. */
class Feed {
  readonly #server: string
  readonly #type: string
  readonly #counters = new Set<TallyCount>()
  #stop = () => {}
  #restart: ReturnType<typeof setTimeout> | undefined

  constructor(server: string, type: string) {
    this.#server = server
    this.#type = type
  }

  add(counter: TallyCount): void {
    this.#counters.add(counter)
    this.#soon(0)
  }

  delete(counter: TallyCount): void {
    this.#counters.delete(counter)
    this.#soon(0)
  }

  /** Counters that are added together share one request. */
  #soon(ms: number): void {
    clearTimeout(this.#restart)
    this.#restart = setTimeout(() => this.#start(), ms)
  }

  #start(): void {
    this.#stop()
    if (this.#counters.size === 0) return
    const query = new URLSearchParams({ eventType: this.#type })
    for (const videoId of this.#videoIds()) query.append('videoId', videoId)
    const source = new EventSource(`${this.#server}/v1/live?${query}`)
    this.#stop = () => source.close()
    source.addEventListener('counts', ({ data }) => {
      for (const { videoId, count } of [JSON.parse(data)].flat()) this.#tell(videoId, count)
    })
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) this.#poll() // refused: it does not retry by itself
    })
    void this.#askAll()
  }

  #poll(): void {
    const timer = setInterval(() => document.hidden || this.#askAll(), POLL_MS)
    this.#stop = () => clearInterval(timer)
    this.#soonAgain()
  }

  /** Tries to reconnect, in case the server was away only for a moment. */
  #soonAgain(): void {
    clearTimeout(this.#restart)
    this.#restart = setTimeout(() => this.#start(), RETRY_MS * (5 + Math.random()))
  }

  async #askAll(): Promise<void> {
    await Promise.all(
      this.#videoIds().map(async (videoId) => {
        const query = new URLSearchParams({ eventType: this.#type, function: 'count' })
        const address = `${this.#server}/v1/videos/${encodeURIComponent(videoId)}/stats?${query}`
        const answer = await fetch(address).catch(() => null) // away: the last number stays
        if (answer?.ok) this.#tell(videoId, (await answer.json()).value)
      }),
    )
  }

  #videoIds(): string[] {
    return [...new Set(Array.from(this.#counters, ({ videoId }) => videoId))]
  }

  #tell(videoId: string, count: number): void {
    for (const counter of this.#counters) if (counter.videoId === videoId) counter.show(count)
  }
}

const feeds = new Map<string, Feed>()

function feedOf(server: string, type: string): Feed {
  const key = `${server} ${type}`
  const feed = feeds.get(key) ?? new Feed(server, type)
  feeds.set(key, feed)
  return feed
}

class TallyCount extends HTMLElement {
  static readonly observedAttributes = ['video', 'type', 'server']
  readonly #text = document.createTextNode('')
  #feed: Feed | null = null

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [style]
    root.append(this.#text)
  }

  get videoId(): string {
    return this.getAttribute('video') ?? ''
  }

  /** In the language of the page around it. */
  show(count: number): void {
    const language = this.closest('[lang]')?.getAttribute('lang') || undefined
    this.#text.data = count.toLocaleString(language)
    this.dispatchEvent(new CustomEvent('tally-count', { detail: { count } }))
  }

  connectedCallback(): void {
    this.#join()
  }

  disconnectedCallback(): void {
    this.#leave()
  }

  attributeChangedCallback(): void {
    if (!this.isConnected) return
    this.#leave()
    this.#text.data = ''
    this.#join()
  }

  #join(): void {
    if (this.videoId === '') return
    const server = (this.getAttribute('server') ?? OWN_ORIGIN).replace(/\/+$/, '')
    this.#feed = feedOf(server, this.getAttribute('type') ?? 'view')
    this.#feed.add(this)
  }

  #leave(): void {
    this.#feed?.delete(this)
    this.#feed = null
  }
}

customElements.define('tally-count', TallyCount)
