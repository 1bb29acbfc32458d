// A chart with its title, its table, what its lines are, and the ways to take it away as a file.

import { h, replace, saveAs, setText } from '../dom.ts'
import { legendKey } from '../parts.ts'
import { Chart, type ChartActions, type ChartWords } from './chart.ts'
import type { PictureWords } from './chart-picture.ts'
import type { Course } from './course.ts'
import { CourseTable } from './course-table.ts'
import type { Note } from './marks.ts'

export type CourseWords = ChartWords & {
  readonly title: string
  /** Above the numbers of the table. */
  readonly column: string
  readonly legend: PictureWords['legend']
  readonly note: string
  /** Of a file, without its ending. */
  readonly fileName: string
  readonly picture: Pick<PictureWords, 'title' | 'subtitle' | 'footer'>
}

export type CoursePanelActions = {
  toggleTable(table: boolean): void
  /** What the chart shows, as the server gives it to spreadsheets. */
  csv(): Promise<Blob>
  failed(error: unknown): void
  /** Where something may be noted. */
  readonly note?: ChartActions['note']
}

export class CoursePanel {
  readonly element: HTMLElement
  readonly #actions: CoursePanelActions
  readonly #chart: Chart
  readonly #courseTable = new CourseTable()
  readonly #place = h('div', { class: 'course', 'aria-busy': 'true' })
  readonly #heading = h('h2', {})
  readonly #legend = h('p', { class: 'legend' })
  readonly #table: HTMLInputElement
  readonly #png: HTMLButtonElement
  readonly #csv: HTMLButtonElement
  #words: CourseWords | null = null

  readonly #tools: HTMLElement

  /** `beside`: what stands beside the title. */
  constructor(actions: CoursePanelActions, signal: AbortSignal, ...beside: readonly HTMLElement[]) {
    this.#actions = actions
    const { note } = actions
    this.#chart = new Chart(signal, note === undefined ? null : { note })
    this.#table = h('input', {
      ...{ type: 'checkbox', role: 'switch' },
      change: () => actions.toggleTable(this.#table.checked),
    })
    const button = (label: string, title: string, click: () => void) =>
      h('button', { type: 'button', class: 'quiet', title, disabled: true, click }, label)
    this.#csv = button('CSV', 'Download the numbers for a spreadsheet', () => void this.#saveCsv())
    this.#png = button('PNG', 'Download the chart as a picture', () => void this.#savePicture())
    this.#tools = h(
      'div',
      { class: 'tools' },
      h('label', { class: 'toggle' }, this.#table, 'Table'),
      ...[this.#csv, this.#png],
    )
    this.element = h(
      'section',
      { class: 'panel', 'aria-label': 'Course through time' },
      h('div', { class: 'panel-head' }, this.#heading, ...beside, this.#tools),
      ...[this.#place, this.#legend],
    )
  }

  /** One more way to act on the chart, before the others. */
  addTool(...elements: readonly HTMLElement[]): void {
    this.#tools.prepend(...elements)
  }

  mark(notes: readonly Note[]): void {
    this.#chart.mark(notes)
  }

  set busy(busy: boolean) {
    this.#place.setAttribute('aria-busy', String(busy))
  }

  set asTable(table: boolean) {
    this.#table.checked = table
  }

  /** What will be drawn, before it is known; nothing where something is drawn. */
  announce(words: Pick<CourseWords, 'title' | 'legend' | 'note'>): void {
    if (this.#words === null) this.#write(words)
  }

  /** Something is drawn, and stays while the server is away. */
  get isDrawn(): boolean {
    return this.#chart.element.isConnected || this.#courseTable.element.isConnected
  }

  draw(course: Course, words: CourseWords): void {
    this.#say(words)
    const shown = this.#table.checked ? this.#courseTable : this.#chart
    this.#keep(shown.element)
    shown.draw(course, words)
    this.#csv.disabled = false
    this.#png.disabled = this.#table.checked
  }

  /** There is nothing to draw. */
  say(words: CourseWords, instead: HTMLElement): void {
    this.#say(words)
    this.show(instead)
  }

  show(instead: HTMLElement): void {
    this.#keep(instead)
    this.#csv.disabled = true
    this.#png.disabled = true
  }

  #say(words: CourseWords): void {
    this.#words = words
    this.#write(words)
  }

  #write({ title, legend, note }: Pick<CourseWords, 'title' | 'legend' | 'note'>): void {
    setText(this.#heading, title)
    const keys = legend.map(({ line, text }) => legendKey(line, text))
    replace(this.#legend, ...keys, h('span', {}, note))
  }

  async #saveCsv(): Promise<void> {
    const { fileName } = this.#words!
    try {
      saveAs(`${fileName}.csv`, await this.#actions.csv())
    } catch (error) {
      this.#actions.failed(error)
    }
  }

  async #savePicture(): Promise<void> {
    const { fileName, picture, legend } = this.#words!
    const file = await this.#chart.picture({ ...picture, legend })
    if (file !== null) saveAs(`${fileName}.png`, file)
  }

  /** Existing parts are left unchanged. */
  #keep(element: HTMLElement): void {
    if (this.#place.firstChild !== element) replace(this.#place, element)
  }
}
