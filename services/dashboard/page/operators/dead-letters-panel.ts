// Dead letters: what could not be read or stored, to be looked at, replayed or discarded.
import { askJson, postJson, whereThere } from '../api.ts'
import { h, replace, setText } from '../dom.ts'
import { agoText, momentText } from '../format.ts'
import { failure, panel, Segments } from '../parts.ts'
import { repeat } from '../repeat.ts'

type Letter = {
  readonly id: string
  readonly state: LetterState
  readonly keptAt: string
  readonly reason: string
  readonly origin: string
  readonly source: string
  readonly offset: number
  readonly event: Readonly<Record<string, unknown>> | null
  readonly lastAct: { readonly reason?: string; readonly outcome?: Outcome } | null
}
type LetterState = 'open' | 'replayed' | 'discarded'
type Outcome = {
  readonly accepted: number
  readonly late: number
  readonly rejected: number
  readonly unreadable: number
  readonly faults: readonly { readonly detail: string }[]
}
type Page = { readonly letters: readonly Letter[]; readonly cursor: string | null }
type Detail = Letter & { readonly decoded: unknown; readonly base64: string; readonly bytesOmitted: number }

const INTERVAL_MS = 5_000
const LETTERS_SHOWN = 50
const STATES: readonly LetterState[] = ['open', 'replayed', 'discarded']
const STATE_LABELS = { open: 'Open', replayed: 'Replayed', discarded: 'Discarded' } as const
const NONE = {
  open: 'None. Every event so far could be read and stored.',
  replayed: 'None has been replayed yet.',
  discarded: 'None has been discarded yet.',
} as const

export class DeadLettersPanel {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #states: Segments<LetterState>
  readonly #list = h('ul', { class: 'letters' })
  readonly #said = h('p', { class: 'said', role: 'status' })
  readonly #more = h('p', { class: 'legend' })
  #state: LetterState = 'open'
  #looking = new AbortController()
  /** What is shown now, so that an open letter is not redrawn. */
  #shown = new Map<string, HTMLElement>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.#states = new Segments('State', (state) => this.#choose(state))
    this.element = panel('Dead letters', this.#states.element, this.#said, this.#list, this.#more)
    this.element.id = 'dead-letters'
    this.#choose('open')
  }

  #choose(state: LetterState): void {
    this.#state = state
    this.#states.set(
      STATES.map((value) => ({ value, label: STATE_LABELS[value] })),
      state,
    )
    this.#shown.clear()
    this.#look()
  }

  #look(): void {
    this.#looking.abort()
    this.#looking = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#looking.signal])
    const work = async () => {
      const query = new URLSearchParams({ state: this.#state, limit: String(LETTERS_SHOWN) })
      const page = await whereThere(askJson<Page>(`v1/admin/dead-letters?${query}`, signal))
      if (page === null) this.#tellAbsent()
      else this.#show(page)
    }
    void repeat(INTERVAL_MS, signal, work, (error) => this.#fail(error))
  }

  #tellAbsent(): void {
    this.#states.element.hidden = true
    this.#looking.abort()
    replace(
      this.#list,
      h('li', { class: 'empty' }, 'This server has no address for dead letters: use its command.'),
    )
  }

  /** A form that is being filled in is not redrawn. */
  #fail(error: unknown): void {
    if (!this.#list.contains(document.activeElement)) replace(this.#list, h('li', {}, failure(error)))
  }

  #show({ letters, cursor }: Page): void {
    const shown = new Map(
      letters.map((letter) => [letter.id, this.#shown.get(letter.id) ?? this.#item(letter)]),
    )
    const isSame = shown.size > 0 && [...shown.keys()].join() === [...this.#shown.keys()].join()
    this.#shown = shown
    setText(
      this.#more,
      cursor === null ? '' : `The newest ${letters.length}; GET /v1/admin/dead-letters has the rest.`,
    )
    if (isSame && this.#list.childElementCount === shown.size) return
    const items = [...shown.values()]
    replace(this.#list, ...(items.length === 0 ? [h('li', { class: 'empty' }, NONE[this.#state])] : items))
  }

  #item(letter: Letter): HTMLElement {
    const { keptAt, reason, event } = letter
    const body = h('div', { class: 'letter-body', hidden: true })
    const open = () => {
      body.hidden = !body.hidden
      head.setAttribute('aria-expanded', String(!body.hidden))
      if (body.childElementCount === 0) void this.#open(letter, body)
    }
    const head = h(
      'button',
      { type: 'button', class: 'letter-head', 'aria-expanded': 'false', click: open },
      h('span', { class: 'code' }, reason),
      h(
        'span',
        { class: 'letter-about' },
        aboutOf(event) ?? `${letter.origin} at ${letter.source}, offset ${letter.offset}`,
      ),
      h(
        'time',
        { datetime: keptAt, title: momentText(Date.parse(keptAt)) },
        agoText(Date.parse(keptAt), Date.now()),
      ),
    )
    return h('li', {}, head, body)
  }

  async #open(letter: Letter, body: HTMLElement): Promise<void> {
    try {
      const detail = await askJson<Detail>(pathOf(letter), this.#signal)
      replace(body, ...linesOf(detail), this.#acts(letter, body))
    } catch (error) {
      if (!this.#signal.aborted) replace(body, failure(error))
    }
  }

  #acts(letter: Letter, body: HTMLElement): HTMLElement | null {
    if (letter.state !== 'open') return null
    const reason = h('input', {
      'aria-label': 'Why it is discarded',
      placeholder: 'Why discard it?',
      required: true,
      maxlength: 500,
    })
    const discard = (event: Event) => {
      event.preventDefault()
      void this.#act(letter, 'discard', { reason: reason.value }, body)
    }
    const replay = () => void this.#act(letter, 'replay', {}, body)
    return h(
      'form',
      { class: 'row acts', submit: discard },
      h('button', { type: 'button', class: 'primary', click: replay }, 'Replay'),
      h('span', { class: 'spring' }),
      reason,
      h('button', { type: 'submit', class: 'quiet' }, 'Discard'),
    )
  }

  async #act(letter: Letter, act: 'replay' | 'discard', body: object, place: HTMLElement): Promise<void> {
    try {
      const after = await postJson<Letter>(`${pathOf(letter)}/${act}`, body, this.#signal)
      setText(
        this.#said,
        act === 'discard' ? 'Discarded: it is kept, and nothing of it is counted.' : outcomeText(after),
      )
      this.#shown.delete(letter.id)
      this.#look()
    } catch (error) {
      if (!this.#signal.aborted) place.append(failure(error))
    }
  }
}

function pathOf({ id }: Letter): string {
  return `v1/admin/dead-letters/${encodeURIComponent(id)}`
}

function aboutOf(event: Letter['event']): string | null {
  const parts = [event?.type, event?.videoId].filter((part) => typeof part === 'string' && part !== '')
  return parts.length === 0 ? null : parts.join(' of ')
}

function linesOf({
  id,
  source,
  offset,
  keptAt,
  decoded,
  base64,
  bytesOmitted,
  lastAct,
}: Detail): HTMLElement[] {
  const facts = [
    ['Letter', id],
    ['Stood at', `${source}, offset ${offset}`],
    ['Put aside', momentText(Date.parse(keptAt))],
    ...(lastAct?.reason === undefined ? [] : [['Reason', lastAct.reason]]),
  ] as const
  const text = (label: string, words: string) =>
    h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, h('code', {}, words))
  const more = bytesOmitted > 0 ? ` … and ${bytesOmitted} bytes more` : ''
  return [
    h('dl', {}, ...facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    text('As far as it can be read', JSON.stringify(decoded, null, 2)),
    h('details', {}, h('summary', {}, 'Its bytes, in base64'), text('Bytes', base64 + more)),
  ]
}

function outcomeText({ lastAct }: Letter): string {
  const outcome = lastAct?.outcome
  if (outcome === undefined) return 'Replayed.'
  const { accepted, late, rejected, unreadable, faults } = outcome
  const parts = [`${accepted} stored${late > 0 ? `, ${late} of them late` : ''}`]
  if (rejected > 0) parts.push(`${rejected} rejected`)
  if (unreadable > 0) parts.push(`${unreadable} not readable`)
  return `Replayed: ${parts.join(', ')}. ${faults[0]?.detail ?? ''}`
}
