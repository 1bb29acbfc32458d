// Finds a video by id or title, and a channel by name. `/` focuses it from anywhere; the arrow keys choose,
// Enter opens, Escape leaves.
import { askJson, type VideoInfo, whereThere } from '../api.ts'
import { h, replace } from '../dom.ts'
import { pause } from '../repeat.ts'
import { pageKey } from '../shortcuts.ts'
import { recentVideos } from './recent-videos.ts'

/** What can be opened: a video or a channel, by its id. */
export type Opened = { readonly videoId: string } | { readonly channelId: string }
type Found = { readonly opens: Opened; readonly title: string; readonly detail: string }
type FoundAnswer = {
  readonly videos: readonly ({ readonly videoId: string } & VideoInfo)[]
  readonly channels?: readonly { readonly channelId: string }[]
}

const TYPING_PAUSE_MS = 120
const FOUND_MAX = 7
const CHANNELS_MAX = 3
const VIDEO_ID_CHARS_MAX = 128

export class SearchBox {
  readonly #onOpen: (opened: Opened) => void
  readonly #input: HTMLInputElement
  readonly #list = h('ul', {
    id: 'found',
    role: 'listbox',
    'aria-label': 'Videos and channels',
    hidden: true,
  })
  #found: readonly Found[] = []
  #at = -1
  #searching = new AbortController()

  constructor(place: HTMLElement, onOpen: (opened: Opened) => void) {
    this.#onOpen = onOpen
    this.#input = h('input', {
      ...{
        type: 'search',
        role: 'combobox',
        'aria-expanded': 'false',
        'aria-controls': 'found',
        enterkeyhint: 'go',
      },
      ...{
        'aria-label': 'Find a video by id or title, or a channel',
        'aria-autocomplete': 'list',
        placeholder: 'Find a video or channel',
      },
      ...{ autocomplete: 'off', spellcheck: 'false', maxlength: VIDEO_ID_CHARS_MAX },
      input: () => void this.#search(),
      focus: () => void this.#search(),
      blur: () => this.#close(),
      keydown: (event: KeyboardEvent) => this.#onKey(event),
    })
    replace(place, this.#input, h('kbd', { 'aria-hidden': 'true' }, '/'), this.#list)
    document.addEventListener('keydown', (event) => this.#comeBySlash(event))
  }

  #comeBySlash(event: KeyboardEvent): void {
    if (pageKey(event) !== '/') return
    event.preventDefault()
    this.#input.focus()
    this.#input.select()
  }

  async #search(): Promise<void> {
    this.#searching.abort()
    this.#searching = new AbortController()
    const { signal } = this.#searching
    const text = this.#input.value.trim()
    this.#show(asId(text))
    if (text !== '') await pause(TYPING_PAUSE_MS, signal)
    if (text === '' || signal.aborted) return
    const query = new URLSearchParams({ search: text, limit: String(FOUND_MAX) })
    const answer = await whereThere(askJson<FoundAnswer>(`v1/videos?${query}`, signal)).catch(() => undefined)
    if (signal.aborted || answer === null) return
    if (answer === undefined) {
      this.#show(asId(text, 'titles cannot be searched right now; open this id'))
      return
    }
    const videos = answer.videos.map(({ videoId, title, channel }) => ({
      ...{ opens: { videoId }, title: title ?? videoId, detail: channel ?? videoId },
    }))
    const channels = (answer.channels ?? []).slice(0, CHANNELS_MAX).map(({ channelId }) => ({
      ...{ opens: { channelId }, title: channelId, detail: 'channel' },
    }))
    const exact = answer.videos.some(({ videoId }) => videoId === text)
    this.#show([...channels, ...videos.slice(0, FOUND_MAX), ...(exact ? [] : asId(text))])
  }

  #show(found: readonly Found[]): void {
    this.#found = found
    this.#at = found.length > 0 && this.#input.value.trim() !== '' ? 0 : -1
    const options = found.map(({ opens, title, detail }, at) =>
      h(
        'li',
        {
          id: `found-${at}`,
          role: 'option',
          mousedown: (event: Event) => this.#openByPointer(event, opens),
        },
        h('bdi', { class: 'found-name' }, title),
        h('bdi', { class: 'found-detail' }, detail),
      ),
    )
    replace(this.#list, ...options)
    this.#list.hidden = found.length === 0 || document.activeElement !== this.#input
    this.#mark()
  }

  #mark(): void {
    for (const [at, option] of Array.from(this.#list.children).entries()) {
      option.setAttribute('aria-selected', String(at === this.#at))
    }
    this.#input.setAttribute('aria-expanded', String(!this.#list.hidden))
    if (this.#at < 0 || this.#list.hidden) this.#input.removeAttribute('aria-activedescendant')
    else this.#input.setAttribute('aria-activedescendant', `found-${this.#at}`)
  }

  #onKey(event: KeyboardEvent): void {
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const last = this.#found.length - 1
        this.#at = Math.max(-1, Math.min(last, this.#at + (event.key === 'ArrowDown' ? 1 : -1)))
        this.#mark()
        break
      }
      case 'Enter': {
        const text = this.#input.value.trim()
        const opens = this.#found[this.#at]?.opens ?? (text === '' ? null : { videoId: text })
        if (opens !== null) this.#open(opens)
        break
      }
      case 'Escape':
        this.#input.value = ''
        this.#input.blur()
        break
      default:
        return
    }
    event.preventDefault()
  }

  /** Before the field loses the focus and closes the list. */
  #openByPointer(event: Event, opens: Opened): void {
    event.preventDefault()
    this.#open(opens)
  }

  #open(opens: Opened): void {
    this.#input.value = ''
    this.#input.blur()
    this.#onOpen(opens)
  }

  #close(): void {
    this.#searching.abort()
    this.#list.hidden = true
    this.#mark()
  }
}

/** Puts the focus into the search. */
export function focusSearch(): void {
  document.querySelector<HTMLElement>('#search input')?.focus()
}

/** Any id can be opened, known or not; an empty input offers the videos that were opened last. */
function asId(text: string, detail = 'open this id'): readonly Found[] {
  if (text !== '') return [{ opens: { videoId: text }, title: text, detail }]
  return recentVideos().map(({ videoId, title }) => {
    return { opens: { videoId }, title: title ?? videoId, detail: 'opened recently' }
  })
}
