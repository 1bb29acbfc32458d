// Part of the document: asks the first questions of the page while its script is on its way. `first-answers.ts` hands
// the answers on.
import { firstQuestions } from './first-questions.ts'

const key = sessionStorage.getItem('tally-api-key')
const headers: Record<string, string> = key === null ? {} : { 'x-api-key': key }
const asked = firstQuestions(location.hash, Date.now()).map((address) => {
  const answer = fetch(address, { headers })
  answer.catch(() => {}) // whoever takes it handles that
  return [address, answer] as const
})
Object.assign(globalThis, { tallyFirst: new Map(asked) })
