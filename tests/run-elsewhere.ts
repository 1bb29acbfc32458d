// Commands of documents that doc-commands.test.ts does not run itself.
import { DOCUMENT as SERVERS } from './grow/commands.ts'

/** `code`: the call in `file` that does the same, with its arguments; where the file is a script, its whole line. */
type Elsewhere = readonly [command: RegExp, file: string, code: string]

const CI = '.ci/run'
const NIGHTLY = '.ci/nightly'

export const RUN_ELSEWHERE: readonly Elsewhere[] = [
  [
    /^(DATA_DIR=\S+ )?npm start$/,
    'testing/standalone-child.ts',
    "new URL('../services/standalone/main.ts', ",
  ],
  [/^npm start -- --demo$/, 'tests/e2e/demo.e2e.ts', "DATA_DIR: '/nowhere' }, ['--demo'])"],
  [/^npm test$/, CI, '\nnpm test 2>&1'],
  [/^npm run check$/, CI, '\nnpm run check\n'],
  [
    /^npm run replay -- tools\/replay\/sample\.csv\.gz --rebase --duplicates 0\.2 --kill 3$/,
    CI,
    '\nnpm run replay -- tools/replay/sample.csv.gz --rebase --duplicates 0.2 --kill 3\n',
  ],
  [/^npm run sim -- --seeds \d+$/, CI, '\n  npm run sim -- --seeds 1000\n'],
  [/^npm run load -- smoke$/, CI, '\nnpm run load -- smoke\n'],
  [/^npm run load -- load /, NIGHTLY, ' npm run load -- load\n'],
  [/^npm run load -- stress --target cluster$/, NIGHTLY, ' npm run load -- load --target cluster -e '],
  [/^npm run load -- spike /, NIGHTLY, ' npm run load -- spike\n'],
  [
    /^npm run load -- verify \S+\.json$/,
    'tools/load/scripts.test.ts',
    "[LOAD, 'verify', summary, '--url', server.url]",
  ],
  [
    /^npm run test:batch -- --events \d+ --kills \d+$/,
    CI,
    '\nnpm run test:batch -- --events 50000 --kills 3 ',
  ],
  [/^npm run test:faults -- --minutes \d+$/, CI, '\nnpm run test:faults -- --minutes 1.2 '],
  [
    /^npm run test:faults -- --cassandra 2 --levels EACH_QUORUM\/LOCAL_QUORUM --only kill-database$/,
    NIGHTLY,
    ' npm run test:faults -- --cassandra 2 --levels EACH_QUORUM/LOCAL_QUORUM \\\n  --only kill-database ',
  ],
  [
    /^npm run test:faults -- --cassandra 2 --levels LOCAL_QUORUM\/LOCAL_QUORUM --only kill-database$/,
    NIGHTLY,
    ' npm run test:faults -- --cassandra 2 --levels LOCAL_QUORUM/LOCAL_QUORUM \\\n  --only kill-database ',
  ],
  [/^npm run test:alarms( |$)/, NIGHTLY, ' npm run test:alarms\n'],
  [/^npm run test:integration -- FILE$/, CI, '\nnpm run test:integration 2>&1'],
  [/^npm run cluster$/, '.ci/cluster-replay.mjs', "spawn('npm', ['run', 'cluster'], {"],
  [/^npm run cluster -- --cassandra 2$/, NIGHTLY, ' npm run test:faults -- --cassandra 2 --levels '],
  [
    /^npm run infra -- up kafka=3 /,
    'infra/infra-options.test.ts',
    "reads('up kafka=3 cassandra=3 redis nginx', {",
  ],
  [/^npm run migrate$/, 'infra/cluster/cluster.ts', "await runScript('tools/migrate.ts', "],
  [/^npm run topics$/, 'infra/cluster/cluster.ts', "await runScript('tools/topics.ts', "],
  [
    /^(LANE=\S+ )?npm run (partitioner|processing|query|reconciler)$/,
    'infra/cluster/cluster.ts',
    "join(root, 'services', service, 'main.ts')",
  ],
  [
    /^npm run backup -- --cluster --out \S+$/,
    'tests/rebuild/backup-course.ts',
    "await run('backup', environmentOf(world), ['--out', out], world.signal)",
  ],
  [
    /^npm run backup -- --cluster --into \S+ --keep 7$/,
    'tools/backup/run-backup.test.ts',
    "parseOptions(['--cluster', '--into', '/x', '--keep', '7'], ",
  ],
  [
    /^npm run restore -- --cluster --from \S+$/,
    'tests/rebuild/backup-course.ts',
    "await run('restore', environment, args, signal)",
  ],
  [
    /^npm run rebuild -- --cluster$/,
    'tests/rebuild/course.ts',
    'const listed = await rebuild(environment, [], null, world.signal)',
  ],
  [
    /^npm run rebuild -- --cluster --yes$/,
    'tests/rebuild/backup-course.ts',
    "await run('rebuild', environmentOf(world, LATER), ['--yes'], signal)",
  ],
  [
    /^npm run rebuild -- --cluster --accept$/,
    'tests/rebuild/course.ts',
    "await rebuild(environmentOf(world, LATER), ['--accept'], null, signal)",
  ],
  [/^nodetool snapshot /, 'tests/rebuild/course.ts', "await administrator('nodetool snapshot')"],
  [/^(cqlsh -e "CREATE|for schema in) /, 'tests/rebuild/course.ts', "await administrator('cqlsh -f')"],
  [/^for table in /, 'tests/rebuild/course.ts', "await administrator('nodetool import')"],
  [/^npm run spark$/, 'tests/spark/main.ts', 'await installSpark(readInfraSettings(process.env).programs)'],
  [
    /^RECOUNT_ENGINE=spark SPARK_HOME=\S+ npm /,
    'tests/batch/main.ts',
    "RECOUNT_ENGINE: 'spark', SPARK_HOME: home,",
  ],
  [
    /^npm install \/path\/to\/tally\/tally-sdk-\*\.tgz$/,
    'tests/package/installed-sdk.ts',
    "runProgram('npm', ['install', ...flags, await tarballIn(directory)]",
  ],
]

export const NOT_RUN: readonly (readonly [command: RegExp, why: string])[] = [
  [/^(RECONCILER_\S+ .*)?docker /, 'needs Docker'],
  [/^(kubectl|helm) /, 'needs Kubernetes; what the chart becomes is tested by npm run test:chart'],
  [/^k6 run /, 'needs k6; the same scripts are run by npm run load'],
  [/^export (KAFKA|CASSANDRA|REDIS)_/, 'is no command: npm run test:security gives these settings'],
  [/^curl -s http:\/\/NAME\//, 'names a process of the reader'],
  [
    /^npm run game-day /,
    'needs somebody who mends what it breaks; npm run test:alarms makes the same faults',
  ],
  [/^npm run cluster -- --kafka 3 --cassandra 3$/, 'no test starts so many servers at once'],
  [
    /^npm run migrate -- --shards /,
    'needs a cluster; form-changes.integration-test.ts does the same on a real Cassandra',
  ],
  [
    /^(npm run (dev|format|coverage|nightly)|node --test |bash \.ci\/run)/,
    'is for those who change the code',
  ],
]

/** Each of its blocks is tried by `npm run test:grow`, as tests/grow/commands.test.ts holds. */
export const TRIED_DOCUMENTS: readonly string[] = [SERVERS]
