import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mediaTypeOf } from './media-type.ts'

function check(header: string | undefined, expected: string | null): void {
  test(`«${header}» is ${expected}`, () => assert.equal(mediaTypeOf(header), expected))
}

check('application/json', 'application/json')
check(' Application/JSON ', 'application/json')
check('application/json;charset=utf-8', 'application/json')
check('application/json ; charset="UTF-8"', 'application/json')
check('application/json; charset=utf8', 'application/json')
check('application/cloudevents-batch+json', 'application/cloudevents-batch+json')

check('application/json;', 'application/json')
check('application/json; charset=utf-8;', 'application/json')
check('application/json; charset=utf-8; x=1', 'application/json')
check('application/json; profile="https://a.example/b"', 'application/json')

check(undefined, null)
check('', null)
check('json', null)
check('application/', null)
check('application/json; charset=latin1', null)
check('application/json, text/html', null)
check('application/json text/html', null)
check('application/json\ttext', null)
check('application/json\u00a0', 'application/json')
check('application/json; x', null)
check('application/json; charset=utf-8; charset=latin1', null)
check('application/json; charset', null)
