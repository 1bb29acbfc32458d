// What somebody does who sees the page for the first time, with nothing but the address of its first screen: each
// click, key, choice and typed text is a step. docs/compare.md has the same steps of others, from their own documents.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { keepScreenshot, TestBrowser } from './browser.ts'
import { dayThatLasts } from './day-that-lasts.ts'
import { importEvents, nameVideos, type Product, startProduct } from './product.ts'

const ZONE = 'Asia/Kolkata'
const TITLE = 'How the octopus opens the jar from inside'
const DOCUMENT = fileURLToPath(new URL('../../docs/compare.md', import.meta.url))
/** A row of the table in the document: what is done, our steps, those of Plausible. */
const ROW = /^\| ([^|]+?) +\| (\d+) +\| (?:at least )?(\d+|–)[^|]*\|/gm
const COUNTRIES = { IN: 7, DE: 4, BR: 2 }
const VIEWS = 13

/** Does what a person does, and counts it. */
class Person {
  readonly page: Page
  readonly done: { readonly task: string; readonly steps: string[] }[] = []

  constructor(page: Page) {
    this.page = page
  }

  begin(task: string): void {
    this.done.push({ task, steps: [] })
  }

  async click(what: Locator, name: string): Promise<void> {
    this.#note(`click ${name}`)
    await what.click()
  }

  async clickTwice(what: Locator, position: { x: number; y: number }, name: string): Promise<void> {
    this.#note(`double click ${name}`)
    await what.dblclick({ position })
  }

  async choose(list: Locator, value: string): Promise<void> {
    this.#note(`choose ${value}`)
    await list.focus()
    await list.selectOption(value)
  }

  async press(key: string): Promise<void> {
    this.#note(`press ${key}`)
    await this.page.keyboard.press(key)
  }

  async type(text: string): Promise<void> {
    this.#note(`type “${text}”`)
    await this.page.keyboard.type(text)
  }

  #note(step: string): void {
    this.done.at(-1)!.steps.push(step)
  }
}

const today = (await dayThatLasts(ZONE)).toPlainDate()
const lastMonday = today.subtract({ days: today.dayOfWeek - 1 + 7 })

let fan: Server
let fanHtml = ''
let fanUrl: string
let product: Product
let browser: TestBrowser

before(async () => {
  fan = createServer((_, reply) => void reply.writeHead(200, { 'content-type': 'text/html' }).end(fanHtml))
  await new Promise<void>((resolve) => fan.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(fan.address() as AddressInfo).port}`
  fanUrl = `http://${host}`
  product = await startProduct({ WEBHOOK_HOSTS: host, CORS_ORIGINS: fanUrl })
  browser = await TestBrowser.launch()
  await nameVideos(product, [
    { videoId: 'jar', title: TITLE, channel: 'Tide Pool' },
    ...Array.from({ length: 30 }, (_, i) => ({ videoId: `other-${i}`, title: `Part ${i}`, channel: 'Rail' })),
  ])
  // Half an hour after midnight in Kolkata: the day before, in UTC.
  const first = lastMonday.toZonedDateTime({ timeZone: ZONE, plainTime: '00:30' }).epochMilliseconds
  const views = Object.entries(COUNTRIES).flatMap(([country, count]) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ id: `${country}-${i}`, videoId: 'jar', type: 'view', value: 30 },
      ...{ time: first + i * 60_000, attributes: { country } },
    })),
  )
  await importEvents(product, views)
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
  fan.closeAllConnections()
  fan.close()
})

test('seven tasks, in no more steps than the document says', async (t) => {
  const page = await browser.page({ timeZone: 'Europe/Berlin', size: { width: 1_440, height: 900 } })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const person = new Person(page)
  await page.goto(product.url)
  for (const task of [find, lastWeekByCountry, share, embed, download, note, beTold]) await task(person)
  assert.deepEqual(page.faults, [])
  const counted = person.done.map(({ task, steps }) => `${task}: ${steps.length} (${steps.join(', ')})`)
  for (const line of counted) t.diagnostic(line)
  await agreesWithDocument(person.done)
})

async function find(person: Person): Promise<void> {
  const { page } = person
  person.begin('find a video among many')
  await person.press('/')
  await person.type('octopus')
  await page.locator('[role=option]', { hasText: TITLE }).waitFor()
  await person.press('Enter')
  await page.getByRole('heading', { level: 1, name: TITLE }).waitFor()
}

function viewsAre(page: Page, count: number): Promise<void> {
  const value = page.locator('.card', { hasText: /^Views/ }).locator('.card-value')
  return value.filter({ hasText: new RegExp(`^${count}$`) }).waitFor()
}

async function lastWeekByCountry(person: Person): Promise<void> {
  const { page } = person
  person.begin('last week by country, in the time of Kolkata')
  await person.choose(page.getByRole('combobox', { name: 'Zone' }), ZONE)
  await person.click(page.getByRole('button', { name: 'Dates', exact: true }), 'Dates')
  await person.click(page.getByRole('button', { name: 'Last week' }), 'Last week')
  await viewsAre(page, VIEWS)
  const breakdown = page.getByRole('region', { name: 'Breakdown' })
  for (const row of ['India 7', 'Germany 4', 'Brazil 2'])
    await breakdown.getByRole('row', { name: row }).waitFor()
  await keepScreenshot(page, 'first-time')
}

function copied(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText())
}

async function share(person: Person): Promise<void> {
  const { page } = person
  person.begin('share it')
  await person.click(page.getByRole('button', { name: 'Share', exact: true }), 'Share')
  await person.click(page.getByRole('button', { name: 'Make a link' }), 'Make a link')
  const place = page.locator('.share-place')
  await person.click(place.getByRole('button', { name: 'Copy' }), 'Copy')
  await place.getByRole('button', { name: 'Copied' }).waitFor()
  await page.keyboard.press('Escape') // a click elsewhere closes it too: no step of the task
  const other = await browser.page({ timeZone: 'America/New_York' })
  await other.goto(await copied(page))
  await other.getByRole('heading', { level: 1, name: TITLE }).waitFor()
  await viewsAre(other, VIEWS)
  await other.getByText('Times in Asia/Kolkata').waitFor()
  assert.deepEqual(other.faults, [])
}

async function embed(person: Person): Promise<void> {
  const { page } = person
  person.begin('embed it')
  await person.click(page.getByRole('button', { name: 'Embed' }), 'Embed')
  const panel = page.getByRole('dialog', { name: 'Embed' })
  await person.click(panel.getByRole('button', { name: 'Copy' }), 'Copy')
  await panel.getByRole('button', { name: 'Copied' }).waitFor()
  await page.keyboard.press('Escape')
  fanHtml = `<!doctype html><title>Fan page</title><p>${await copied(page)}</p>`
  const pasted = await browser.page()
  await pasted.goto(fanUrl)
  await pasted.locator('tally-count', { hasText: String(VIEWS) }).waitFor()
}

async function download(person: Person): Promise<void> {
  const { page } = person
  person.begin('export it')
  const file = page.waitForEvent('download')
  await person.click(page.getByRole('button', { name: 'CSV' }), 'CSV')
  const csv = await readFile((await (await file).path())!, 'utf8')
  assert.match(csv, new RegExp(`jar,view,count,${lastMonday}T00:00:00\\+05:30,${VIEWS},`))
}

async function note(person: Person): Promise<void> {
  const { page } = person
  person.begin('note what happened')
  const plot = page.locator('.chart .u-over')
  const { width, height } = (await plot.boundingBox())!
  await person.clickTwice(plot, { x: width / 2, y: height / 2 }, 'the chart')
  await person.type('Trailer published')
  await person.press('Enter')
  await page.getByText('Added.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('list', { name: 'Notes on the chart' }).getByRole('button').waitFor()
}

async function beTold(person: Person): Promise<void> {
  const { page } = person
  person.begin('be told at a million')
  const milestones = page.getByRole('region', { name: 'Milestones' })
  await milestones.scrollIntoViewIfNeeded()
  await person.click(milestones.getByLabel('Number of views'), 'Number of views')
  await person.type('1000000')
  await person.press('Tab')
  await person.type(`${fanUrl}/told`)
  await person.press('Enter')
  await milestones.getByRole('rowheader', { name: '1,000,000 views' }).waitFor()
}

/** The document has our steps as they were counted, and no others that are fewer. */
async function agreesWithDocument(done: Person['done']): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8')
  const rows = Array.from(text.matchAll(ROW), ([, task, own, others]) => ({ task, own: Number(own), others }))
  assert.deepEqual(
    rows.map(({ task, own }) => [task, own]),
    done.map(({ task, steps }) => [task, steps.length]),
  )
  for (const { task, own, others } of rows) {
    if (others !== '–') assert.ok(own <= Number(others), `${task}: ${own} steps, and ${others} elsewhere`)
  }
}
