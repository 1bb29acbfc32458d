// The rules of alerts as they are in force, and what they and the dashboards ask for.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from '../source-file.ts'
import type { RuleGroup } from './scaled-rules.ts'

const OWN_METRIC = /\b(?:tally|process|nodejs)_[a-z0-9_]+/g

export function ruleGroups(): RuleGroup[] {
  return textsOf('infra/prometheus/*rules.yml').flatMap(
    (text) => (parse(text) as { groups: RuleGroup[] }).groups,
  )
}

export function alertNames(): string[] {
  return ruleGroups().flatMap(({ rules }) =>
    rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert])),
  )
}

/** Every metric of a process that a rule or a panel names. */
export function namedMetrics(): string[] {
  const asked = [...ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr)), ...dashboards()]
  return Array.from(new Set(asked.flatMap((text) => text.match(OWN_METRIC) ?? []))).sort()
}

function dashboards(): string[] {
  return textsOf('infra/grafana/dashboards/*.json')
}

function textsOf(pattern: string): string[] {
  return globSync(pattern, { cwd: root })
    .sort()
    .map((path) => readFileSync(join(root, path), 'utf8'))
}
