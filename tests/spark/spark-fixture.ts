// An archive that is recounted by a real Spark, for tests: npm run test:spark names it by SPARK_HOME.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import type { MakeEngine } from '../../stores/archive/duckdb/duckdb-archive.ts'
import { sparkEngine } from '../../stores/archive/spark/spark-engine.ts'
import type { SparkSettings } from '../../stores/archive/spark/spark-settings.ts'
import { ARCHIVE_HOURS } from '../../testing/arbitrary-archive.ts'
import { DAY, questionOf } from '../../testing/archive-fixture.ts'

export const SPARK: SparkSettings = {
  home: process.env.SPARK_HOME ?? assert.fail('SPARK_HOME is not set: run npm run test:spark'),
  master: 'local[2]',
  memoryMiB: 1_024,
  timeoutMs: 3_600_000,
  bytesMin: 0,
}

export const QUESTION = questionOf(ARCHIVE_HOURS, { beforeMinute: DAY + 150 })

type Changes = {
  readonly spark?: Partial<SparkSettings>
  readonly program?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** Of an archive in a directory. */
export function engineOf(directory: string, { spark, environment, ...rest }: Changes = {}): MakeEngine {
  return sparkEngine({
    spark: { ...SPARK, ...spark },
    objects: { kind: 'file', directory },
    environment: { ...process.env, ...environment },
    clock: systemClock,
    ...rest,
  })
}

/** The folders of results that are there. */
export async function resultsIn(directory: string): Promise<string[]> {
  return readdir(join(directory, 'recounts')).catch(() => [])
}

export async function until(what: string, holds: () => Promise<boolean>, msMax = 600_000): Promise<void> {
  for (const endMs = performance.now() + msMax; !(await holds()); await sleep(10)) {
    assert.ok(performance.now() < endMs, `not so after ${msMax} ms: ${what}`)
  }
}
