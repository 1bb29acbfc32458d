// Two dates of one's own choice, from a calendar or by name.
import { h, setText } from '../dom.ts'
import { datesText } from '../format.ts'
import { Popover } from '../popover.ts'
import { type Dates, datesOf, type Range } from './ranges.ts'
import { dateOf, datePlusDays, monthStart, weekStart } from './zones.ts'

const LABEL = 'Dates'

export class DatesPicker {
  readonly button: HTMLButtonElement
  readonly panel: HTMLElement
  readonly #popover: Popover
  readonly #onChoose: (dates: Dates) => void
  readonly #from = dateInput('From', 'from')
  readonly #to = dateInput('To', 'to')
  #zone = 'UTC'
  #dates: Dates | null = null

  constructor(onChoose: (dates: Dates) => void) {
    this.#onChoose = onChoose
    const names = Object.keys(NAMED).map((name) =>
      h(
        'button',
        { type: 'button', class: 'quiet', click: () => this.#choose(NAMED[name]!(this.#today())) },
        name,
      ),
    )
    const submit = (event: Event) => {
      event.preventDefault()
      const dates = datesOf(this.#from.input.value, this.#to.input.value)
      if (dates !== null) this.#choose(dates)
    }
    const form = h(
      'form',
      { class: 'dates', submit },
      h('div', { class: 'dates-names', role: 'group', 'aria-label': 'Dates by name' }, ...names),
      h('div', { class: 'fields dates-fields' }, this.#from.label, this.#to.label),
      h('button', { type: 'submit', class: 'primary' }, 'Show these dates'),
    )
    this.#popover = new Popover(LABEL, 'Dates', () => this.#fill(), form)
    this.button = this.#popover.button
    this.panel = this.#popover.panel
  }

  set(range: Range, zone: string): void {
    this.#zone = zone
    this.#dates = typeof range === 'string' ? null : range
    setText(this.button, this.#dates === null ? LABEL : datesText(this.#dates))
    this.button.setAttribute('aria-pressed', String(this.#dates !== null))
  }

  open(): void {
    this.#popover.open()
  }

  #today(): string {
    return dateOf(this.#zone, Date.now())
  }

  #fill(): void {
    const today = this.#today()
    const { from, to } = this.#dates ?? { from: datePlusDays(today, -6), to: today }
    this.#from.input.value = from
    this.#to.input.value = to
    for (const { input } of [this.#from, this.#to]) input.max = today
  }

  #choose(dates: Dates): void {
    this.#popover.close()
    this.#onChoose(dates)
  }
}

/** By today's date. */
const NAMED: Readonly<Record<string, (today: string) => Dates>> = {
  Today: (today) => ({ from: today, to: today }),
  Yesterday: (today) => ({ from: datePlusDays(today, -1), to: datePlusDays(today, -1) }),
  'This week': (today) => ({ from: dateAt(weekStart(Date.parse(today))), to: today }),
  'Last week': (today) => {
    const monday = dateAt(weekStart(Date.parse(today)))
    return { from: datePlusDays(monday, -7), to: datePlusDays(monday, -1) }
  },
  'This month': (today) => ({ from: dateAt(monthStart(Date.parse(today))), to: today }),
  'Last month': (today) => {
    const to = datePlusDays(dateAt(monthStart(Date.parse(today))), -1)
    return { from: dateAt(monthStart(Date.parse(to))), to }
  },
}

function dateAt(wallMs: number): string {
  return dateOf('UTC', wallMs)
}

function dateInput(text: string, name: string) {
  const input = h('input', { type: 'date', name, required: true, min: '2000-01-01' })
  return { input, label: h('label', {}, h('span', {}, text), input) }
}
