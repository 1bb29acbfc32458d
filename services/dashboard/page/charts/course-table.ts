// The table behind a chart: the same numbers, newest first, for reading and copying.

import { h, replace } from '../dom.ts'
import { changeText } from '../format.ts'
import { type ChartWords, partText } from './chart.ts'
import type { Course } from './course.ts'

export class CourseTable {
  readonly element = h('div', { class: 'course-table', tabindex: '0', role: 'region', 'aria-label': 'Table' })

  /** `column`: what the numbers are. */
  draw(course: Course, words: ChartWords & { readonly column: string }): void {
    const { times, values, previous } = course
    const { scrollTop } = this.element
    const heads = ['Period', words.column, ...(previous === null ? [] : ['Before', 'Change'])]
    const rows = times.map((time, at) => {
      const [now, before] = [values[at] ?? null, previous?.[at] ?? null]
      return h(
        'tr',
        {},
        h('th', { scope: 'row' }, words.period(time) + partText(course, at)),
        h('td', {}, words.value(now)),
        previous !== null && h('td', {}, words.value(before)),
        previous !== null && h('td', {}, now === null || before === null ? '' : changeText(now, before)),
      )
    })
    const head = h('tr', {}, ...heads.map((text) => h('th', { scope: 'col' }, text)))
    replace(
      this.element,
      h(
        'table',
        {},
        h('caption', { class: 'visually-hidden' }, words.name),
        h('thead', {}, head),
        h('tbody', {}, ...rows.reverse()),
      ),
    )
    this.element.scrollTop = scrollTop
  }
}
