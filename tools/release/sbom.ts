// The bill of materials of what is shipped, of the lockfile: CycloneDX 1.6 (ECMA-424). Pure.

/** An entry of `packages` in package-lock.json (version 3), by its path; '' is the product. */
export type Locked = {
  readonly name?: string
  readonly version?: string
  readonly license?: string
  /** As `sha512-…` in base64. */
  readonly integrity?: string
  /** Only needed for work on the product. */
  readonly dev?: boolean
  /** Another place of a workspace. */
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export type Lockfile = { readonly packages: Readonly<Record<string, Locked>> }

const MODULES = 'node_modules/'

export function sbomOf(
  { packages }: Lockfile,
  { serialNumber, timestamp }: { readonly serialNumber: string; readonly timestamp: string },
) {
  const product = packages['']!
  const shipped = Object.entries(packages).filter(
    ([path, { dev = false, link = false }]) => path.includes(MODULES) && !dev && !link,
  )
  const refOf = (path: string) =>
    path === '' ? purlOf('tally', product.version!) : refOfLocked(path, packages[path]!)
  const isShipped = new Set(shipped.map(([path]) => path))
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber,
    version: 1,
    metadata: {
      timestamp,
      component: { type: 'application', 'bom-ref': refOf(''), name: 'tally', version: product.version },
    },
    components: unique(shipped.map(([path, locked]) => componentOf(path, locked))),
    dependencies: unique(
      ['', ...isShipped].map((path) => ({
        ref: refOf(path),
        dependsOn: Array.from(
          new Set(
            namesNeededBy(packages[path]!)
              .map((name) => placeOf(name, path, packages))
              .filter((place) => place !== null && isShipped.has(place))
              .map((place) => refOf(place!)),
          ),
        ),
      })),
    ),
  }
}

/** A package may stand at several places. */
function unique<T extends { readonly ref: string } | { readonly 'bom-ref': string }>(all: readonly T[]): T[] {
  return Array.from(new Map(all.map((one) => ['ref' in one ? one.ref : one['bom-ref'], one])).values())
}

function componentOf(path: string, locked: Locked) {
  const name = nameOf(path, locked)
  const ref = refOfLocked(path, locked)
  const [scope, bare] = name.startsWith('@') ? name.split('/') : [null, name]
  return {
    type: 'library',
    'bom-ref': ref,
    ...(scope !== null && { group: scope }),
    name: bare!,
    version: locked.version!,
    purl: ref,
    ...(locked.license !== undefined && { licenses: [{ expression: locked.license }] }),
    ...(locked.integrity !== undefined && { hashes: [hashOf(locked.integrity)] }),
  }
}

function hashOf(integrity: string) {
  const [algorithm, digest] = integrity.split(/-(.*)/) as [string, string]
  const content = Buffer.from(digest, 'base64').toString('hex')
  return { alg: algorithm.replace('sha', 'SHA-'), content }
}

/** Of an alias the name that it stands for. */
function nameOf(path: string, { name }: Locked): string {
  return name ?? path.slice(path.lastIndexOf(MODULES) + MODULES.length)
}

function refOfLocked(path: string, locked: Locked): string {
  return purlOf(nameOf(path, locked), locked.version!)
}

/** A package URL (github.com/package-url/purl-spec). */
function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function namesNeededBy({ dependencies, optionalDependencies, peerDependencies }: Locked): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
}

/** As Node looks for it: beside the package, and then outwards. */
function placeOf(name: string, from: string, packages: Lockfile['packages']): string | null {
  for (let folder = from; ; ) {
    const place = `${folder === '' ? '' : `${folder}/`}${MODULES}${name}`
    if (place in packages) return place
    if (folder === '') return null
    const outer = folder.lastIndexOf(MODULES)
    folder = outer <= 0 ? '' : folder.slice(0, outer - 1)
  }
}
