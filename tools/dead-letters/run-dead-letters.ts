// The commands: each calls the server and prints the result.
import { AdminApi, type Answer, type Letter } from './admin-api.ts'
import type { Options } from './dead-letters-options.ts'
import { fixOpen, loadFix } from './fix.ts'
import { letterTable, letterText, outcomeText, printable, table } from './text.ts'

/** Whether all that was asked for was done. Fails with a Fault. */
export async function run(options: Options, print: (line: string) => void): Promise<boolean> {
  const api = new AdminApi(options.url, options.key)
  switch (options.command) {
    case 'list':
      return list(api, options, print)
    case 'show':
      return show(api, options, print)
    case 'replay':
      if (options.all) return replayAll(api, options, print)
      return each(options, print, (id) => api.replay(id))
    case 'discard':
      return each(options, print, (id) => api.discard(id, options.reason!))
    case 'fix':
      return fix(api, options, print)
  }
}

type Print = (line: string) => void

async function list(api: AdminApi, { state, reason, limit, json }: Options, print: Print) {
  const letters: Letter[] = []
  for await (const letter of api.list({ state, reason })) {
    if (letters.length === limit) break
    letters.push(letter)
  }
  if (json) for (const letter of letters) print(JSON.stringify(letter))
  else print(letters.length === 0 ? 'no such letters' : letterTable(letters))
  return true
}

async function show(api: AdminApi, { ids, json }: Options, print: Print) {
  const answer = await api.show(ids[0]!)
  if (answer.ok) print(json ? JSON.stringify(answer.value) : letterText(answer.value))
  else print(json ? JSON.stringify({ id: ids[0], refused: answer.detail }) : printable(answer.detail))
  return answer.ok
}

async function each({ ids, json }: Options, print: Print, act: (id: string) => Promise<Answer<Letter>>) {
  let done = true
  for (const id of ids) {
    const answer = await act(id)
    done &&= answer.ok && answer.value.state !== 'open'
    if (json) print(JSON.stringify(answer.ok ? answer.value : { id, refused: answer.detail }))
    else print(`${id}  ${answer.ok ? outcomeText(answer.value) : `refused: ${printable(answer.detail)}`}`)
  }
  return done
}

async function replayAll(api: AdminApi, { reason, json }: Options, print: Print) {
  let replayed = 0
  const refused: { id: string; detail: string }[] = []
  for await (const some of api.replayAll(reason)) {
    replayed += some.replayed
    refused.push(...some.refused)
  }
  if (json) print(JSON.stringify({ replayed, refused }))
  else {
    print(`${replayed} replayed, ${refused.length} refused`)
    if (refused.length > 0)
      print(
        table(
          ['ID', 'WHY'],
          refused.map(({ id, detail }) => [id, detail]),
        ),
      )
  }
  return refused.length === 0
}

async function fix(api: AdminApi, { script, reason, apply, json }: Options, print: Print) {
  const fixed = await Array.fromAsync(fixOpen(api, await loadFix(script!), { reason, apply }))
  if (json) {
    for (const { letter, event, result } of fixed) print(JSON.stringify({ id: letter.id, event, result }))
  } else if (fixed.length === 0) {
    print('the script changes no open letter')
  } else {
    const rows = fixed.map(({ letter, event, result }) => [
      ...[letter.id, letter.reason, JSON.stringify(letter.event), JSON.stringify(event), result ?? 'not yet'],
    ])
    print(table(['ID', 'REASON', 'BEFORE', 'AFTER', 'REPLAYED'], rows))
    if (!apply) print(`${fixed.length} letters would be replayed so: run this again with --apply.`)
  }
  return fixed.every(({ failed }) => !failed)
}
