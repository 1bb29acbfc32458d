// What people note at times of a video, in a panel beneath a button: the list, and a form for one more.
import { ApiError, ask, askJson, whereThere } from '../api.ts'
import type { Note } from '../charts/marks.ts'
import { h, replace, setText } from '../dom.ts'
import { momentText, shownZone } from '../format.ts'
import { Popover } from '../popover.ts'
import { instantOf, MINUTE_MS, wallOf } from '../ranges/zones.ts'
import { repeat } from '../repeat.ts'

type Answer = {
  readonly annotations: readonly { readonly id: string; readonly time: string; readonly text: string }[]
}

const REFRESH_MS = MINUTE_MS
const TEXT_CHARS_MAX = 200
const LABEL = 'Notes'

export class Notes {
  readonly button: HTMLButtonElement
  readonly panel: HTMLElement
  readonly #path: string
  readonly #onNotes: (notes: readonly Note[]) => void
  readonly #signal: AbortSignal
  readonly #popover: Popover
  readonly #list = h('ul', { class: 'notes' })
  readonly #said = h('p', { role: 'status' })
  readonly #time = h('input', { type: 'datetime-local', required: true, min: '2000-01-01T00:00' })
  readonly #text = h('input', {
    type: 'text',
    required: true,
    maxlength: TEXT_CHARS_MAX,
    autocomplete: 'off',
  })
  readonly #form: HTMLElement
  #notes: readonly Note[] = []
  #shown = ''
  /** When the next note begins to be written; null: at the moment. */
  #atMs: number | null = null
  /** The key in use only reads. */
  #isReader = false

  /** `path` is that of the video. */
  constructor(path: string, onNotes: (notes: readonly Note[]) => void, signal: AbortSignal) {
    this.#path = `${path}/annotations`
    this.#onNotes = onNotes
    this.#signal = signal
    this.#form = this.#makeForm()
    this.#popover = new Popover(
      LABEL,
      'Notes on the chart',
      () => this.#fill(),
      h('h2', {}, 'Notes on the chart'),
      ...[this.#list, this.#form, this.#said],
    )
    this.button = this.#popover.button
    this.panel = this.#popover.panel
    // Whoever may not read it is told so by the numbers.
    void repeat(
      REFRESH_MS,
      signal,
      () => this.#load(),
      () => {},
    )
  }

  /** For a note at a time, or to look at what is there. */
  open(atMs: number | null): void {
    this.#atMs = atMs
    this.#popover.open()
    if (!this.#isReader) this.#text.focus()
  }

  async #load(): Promise<void> {
    const answer = await whereThere(askJson<Answer>(this.#path, this.#signal))
    this.button.hidden = answer === null
    this.#notes = (answer?.annotations ?? []).map(({ id, time, text }) => ({
      ...{ id, text },
      timeMs: Date.parse(time),
    }))
    setText(this.button, this.#notes.length === 0 ? LABEL : `${LABEL} (${this.#notes.length})`)
    this.#show()
    this.#onNotes(this.#notes)
  }

  #fill(): void {
    const wall = new Date(wallOf(shownZone(), this.#atMs ?? Date.now())).toISOString()
    this.#time.value = wall.slice(0, 'yyyy-mm-ddThh:mm'.length)
    this.#atMs = null
    setText(this.#said, '')
    this.#show()
  }

  #show(): void {
    this.#form.hidden = this.#isReader
    const shown = JSON.stringify([this.#notes, this.#isReader, shownZone()])
    if (shown === this.#shown) return // what is there keeps the focus
    this.#shown = shown
    replace(this.#list, ...this.#notes.map((note) => this.#item(note)))
  }

  #item({ id, timeMs, text }: Note): HTMLElement {
    const act = async () => {
      await ask(`${this.#path}/${encodeURIComponent(id)}`, { method: 'DELETE' }, this.#signal)
      await this.#load()
      setText(this.#said, 'Removed.')
      this.#text.focus()
    }
    const remove = h(
      'button',
      { type: 'button', class: 'quiet', 'aria-label': `Remove: ${text}`, click: () => void this.#try(act) },
      'Remove',
    )
    const words = h('span', {}, h('span', { class: 'tip-time' }, momentText(timeMs)), h('bdi', {}, text))
    return h('li', {}, words, !this.#isReader && remove)
  }

  #makeForm(): HTMLElement {
    const submit = (event: Event) => {
      event.preventDefault()
      void this.#try(() => this.#put())
    }
    const label = (words: string, input: HTMLElement) => h('label', {}, h('span', {}, words), input)
    return h(
      'form',
      { class: 'fields notes-form', submit },
      ...[label('When', this.#time), label('What', this.#text)],
      h('button', { type: 'submit', class: 'primary' }, 'Add'),
      h('p', {}, 'In the chart, a double click or the key n begins one at that time.'),
    )
  }

  async #put(): Promise<void> {
    const timeMs = instantOf(shownZone(), Date.parse(`${this.#time.value}Z`))
    const id = `page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`
    const body = JSON.stringify({ time: new Date(timeMs).toISOString(), text: this.#text.value.trim() })
    const headers = { 'content-type': 'application/json' }
    await askJson(`${this.#path}/${id}`, this.#signal, { method: 'PUT', headers, body })
    this.#text.value = ''
    await this.#load()
    setText(this.#said, 'Added.')
  }

  /** What went wrong is said where its result would be. */
  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (this.#signal.aborted) return
      this.#isReader ||= error instanceof ApiError && error.wantsKey
      this.#show()
      setText(this.#said, error instanceof ApiError ? error.message : 'It did not work. Load the page again.')
    }
  }
}
