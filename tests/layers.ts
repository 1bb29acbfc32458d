// Which folder may import which, and where a thing belongs that two folders need. Tests, contract suites and
// `testing/` may import anything; nothing that is shipped may import those.

/** A folder knows itself and what is listed, and nothing else. A folder comes after all that it knows. */
export const LAYERS: Readonly<Record<string, string>> = {
  // The vocabulary: pure functions and types.
  model: '',
  // What any program needs: clock, retry, settings, HTTP base. Knows no store and no service.
  lib: 'model',
  // Bytes of events, and how the HTTP contract is described.
  schemas: 'model lib',
  'schemas/openapi': 'model lib schemas',

  // A folder for each noun that is stored: its port, its contract suite and all its forms.
  'stores/disk': 'lib',
  'stores/redis': 'lib',
  'stores/cassandra': 'model lib',
  'stores/objects': 'lib',
  'stores/layouts': 'model lib stores/disk',
  'stores/changes': 'model lib stores/redis',
  'stores/rate-limit': 'lib stores/redis',
  'stores/rates': 'lib stores/redis',
  'stores/viewers': 'model lib stores/redis',
  'stores/cache': 'lib stores/disk stores/redis',
  'stores/counts': 'model lib stores/cassandra stores/disk',
  'stores/alerts': 'lib stores/cassandra stores/counts stores/disk',
  'stores/hints': 'model lib stores/counts stores/disk stores/redis',
  'stores/snapshots': 'lib',
  'stores/tops': 'model lib stores/counts stores/redis',
  'stores/uniques': 'model lib stores/cassandra stores/counts stores/disk',
  'stores/log': 'model lib stores/counts stores/disk stores/layouts stores/objects',
  'stores/progress': 'lib stores/log stores/redis',
  'stores/watermarks': 'lib stores/log',
  'stores/videos': 'model lib stores/cassandra stores/counts stores/disk stores/log',
  'stores/ownership': 'lib stores/log',
  'stores/plans': 'lib stores/objects',
  'stores/archive': 'model lib stores/disk stores/log stores/objects',
  // Copies everything on one disk at one moment, and makes it again.
  'stores/backup':
    'model lib stores/archive stores/counts stores/disk stores/log stores/objects stores/uniques stores/videos',
  // Several stores as one: opened together, behind one breaker, announced through Redis.
  'stores/backing': 'model lib stores/*',

  // The client library, which is published: it knows nothing of the server.
  sdk: '',

  // The core is pure: it decides, and what surrounds it acts.
  'services/processing/core': 'model schemas stores/counts stores/hints stores/log',
  'services/processing': 'model lib schemas stores/* services/processing/core',
  'services/partitioner': 'model lib schemas schemas/openapi stores/*',
  'services/dashboard': 'lib',
  'services/docs': 'lib schemas/openapi services/dashboard',
  // Dead letters, which the query service shows, are sent again through the front door.
  'services/query':
    'model lib schemas schemas/openapi stores/* services/partitioner services/dashboard services/docs',
  'services/reconciler': 'model lib schemas schemas/openapi stores/* sdk services/query',
  // The description of the HTTP contract, put together from the parts of the services.
  services: 'schemas/openapi services/partitioner services/query services/reconciler',
  // Everything in one process.
  'services/standalone': 'model lib stores/* sdk services services/*',
  // Each service's main.ts.
  main: 'lib services services/*',

  infra: 'model lib stores/archive',
  'load-tests': '',
  tools: 'model lib schemas stores/* services/* infra load-tests sdk',
}

const FOR_TESTS = /^(tests|testing|simulator|benchmarks)\/|(\.test|\.integration-test|-contract)\.ts$/
const MAIN = /^services\/[a-z-]+\/main\.ts$/

/** The longest listed folder that holds the file; null where a file may import anything. */
export function layerOf(path: string): string | null {
  if (FOR_TESTS.test(path)) return null
  if (MAIN.test(path)) return 'main'
  const parts = path.split('/')
  for (let length = parts.length - 1; length > 0; length--) {
    const folder = parts.slice(0, length).join('/')
    if (folder in LAYERS) return folder
  }
  return null
}

/** What is wrong with an import, and where the imported thing belongs; null where nothing is. */
export function layerFault(path: string, imported: string): string | null {
  const layer = layerOf(path)
  if (layer === null) return null
  if (FOR_TESTS.test(imported)) return `${imported} is for tests alone, and what is shipped must not need it`
  const other = layerOf(imported)
  const known = LAYERS[layer]!
  if (other === null || other === layer || allows(known, other)) return null
  return `${layer} must not know ${other} (it knows ${known || 'nothing else'}). ${placeFor(layer)}`
}

/** Folders that know one that comes after them: with none, no two folders know each other. */
export function outOfOrder(): string[] {
  const folders = Object.keys(LAYERS)
  return folders.flatMap((folder, i) =>
    folders
      .slice(i + 1)
      .filter((later) => allows(LAYERS[folder]!, later))
      .map((later) => `${folder} knows ${later}`),
  )
}

/** `stores/*` are all stores, `services/*` all services. */
function allows(known: string, folder: string): boolean {
  return known
    .split(' ')
    .some((one) => (one.endsWith('/*') ? folder.startsWith(one.slice(0, -1)) : one === folder))
}

function placeFor(layer: string): string {
  if (layer === 'model' || layer === 'lib') {
    return 'What is pure and of this product belongs in model/, what any program needs in lib/.'
  }
  if (layer.startsWith('stores')) {
    return `What two stores need belongs in model/, in lib/ or in the store whose noun it is; what joins stores, in
stores/backing/.`
  }
  return `What both need belongs in model/ if it is pure, in lib/ if it knows no noun, or in the store whose noun it is;
what joins services, in services/standalone/ or a main.ts.`
}
