// Imports a file with one of HubSpot's official Node clients and prints what it saw, as JSON.
//
//   node story.cjs PACKAGE BASE_URL TOKEN STORY
//
// STORY is a name from the table below. An error that the client throws is part of what it saw.
const fs = require('node:fs')
const path = require('node:path')

const [, , packageName, basePath, accessToken, story] = process.argv
const { Client } = require(packageName)

const cases = path.join(__dirname, '..', 'cases')
const request = fs.readFileSync(path.join(cases, 'contacts.json'), 'utf8')
const file = { data: fs.readFileSync(path.join(cases, 'contacts.csv')), name: 'contacts.csv' }
const { coreApi, publicImportsApi } = new Client({ basePath, accessToken }).crm.imports
const UNKNOWN = 99999999

const create = () => coreApi.create(file, request)

async function refusal(call) {
  try {
    return { answered: await call() }
  } catch (error) {
    return { code: error.code, body: error.body, headers: error.headers }
  }
}

const stories = {
  async poll() {
    const created = await create()
    const states = [created.state]
    let polled
    while (!['DONE', 'FAILED', 'CANCELED'].includes(states.at(-1)) && states.length < 20) {
      polled = await coreApi.getById(Number(created.id))
      states.push(polled.state)
    }
    return { states, counters: polled.metadata.counters }
  },
  async list() {
    const created = [(await create()).id, (await create()).id, (await create()).id]
    const first = await coreApi.getPage(undefined, undefined, 2)
    const second = await coreApi.getPage(first.paging.next.after, undefined, 2)
    return { created, pages: [first, second].map((page) => page.results.map((one) => one.id)) }
  },
  async errors() {
    const created = await create()
    const finished = await coreApi.getById(Number(created.id))
    const { results } = await publicImportsApi.getErrors(Number(created.id))
    return { state: finished.state, errors: results }
  },
  async cancel() {
    const created = await create()
    const canceled = await coreApi.cancel(Number(created.id))
    return { canceled, state: (await coreApi.getById(Number(created.id))).state }
  },
  async unknown() {
    return {
      get: await refusal(() => coreApi.getById(UNKNOWN)),
      cancel: await refusal(() => coreApi.cancel(UNKNOWN)),
      errors: await refusal(() => publicImportsApi.getErrors(UNKNOWN)),
    }
  },
  async other() {
    const other = new Client({ basePath }).crm.imports
    return refusal(() => other.coreApi.getPage())
  },
}

stories[story]().then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.error(error)
    process.exitCode = 1
  },
)
