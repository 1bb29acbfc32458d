// A process that answers one question in SQL (confined-sql.ts) and ends, also where it takes too much memory: DuckDB
// does not count all that it takes. The question comes in by standard input, the answer goes out by standard output.
// It outlives neither its parent nor its time: a parent that is killed cannot end it.
import { text } from 'node:stream/consumers'
import type { ProcessOrder, SqlReply } from './answer-in-process.ts'
import { rowsOf } from './confined-sql.ts'

const LOOK_MS = 20

await answer(JSON.parse(await text(process.stdin)) as ProcessOrder)

async function answer(order: ProcessOrder): Promise<void> {
  const { rssBytesMax, parentPid, lifeMs } = order
  const watch = setInterval(() => {
    if (process.ppid !== parentPid || performance.now() > lifeMs) process.kill(process.pid, 'SIGKILL')
    if (process.memoryUsage.rss() > rssBytesMax) end({ fault: 'It takes too much memory.' })
  }, LOOK_MS)
  try {
    const { rows, ...about } = await rowsOf(order)
    end({ ...about, rows: rows.length }, rows)
  } catch (error) {
    end({ fault: (error as Error).message })
  } finally {
    clearInterval(watch)
  }
}

function end(reply: SqlReply, rows: readonly unknown[] = []): void {
  const lines = [reply, ...rows].map((line) => `${JSON.stringify(line)}\n`)
  // An exit would wait for what DuckDB is doing.
  process.stdout.write(lines.join(''), () => process.kill(process.pid, 'SIGKILL'))
}
