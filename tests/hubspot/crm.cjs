// Does every operation of the CRM APIs with HubSpot's Node client and prints what it saw, as JSON.
//
//   node crm.cjs BASE_URL TOKEN SEEDS
//
// SEEDS is JSON of what no API can make: an owner, and a marketing event with a participant.
const path = require('node:path')

const [, , basePath, accessToken, seeds] = process.argv
const { Client } = require(path.join(__dirname, '..', 'node_modules', '@hubspot/api-client'))
const client = new Client({ basePath, accessToken })
const { crm } = client
const { owner, event } = JSON.parse(seeds)

const PRIMARY = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 1 }
const PLOT = { name: 'plot', label: 'Plot', type: 'string', fieldType: 'text', groupName: 'garden' }

const code = (call) => call.then(() => 'answered', (error) => error.code)
const ids = (page) => page.results.map((one) => one.id)

async function objects() {
  const make = (email) => crm.contacts.basicApi.create({ properties: { email }, associations: [] })
  const ada = await make('ada@example.com')
  const taken = await code(make('ada@example.com'))
  const got = await crm.contacts.basicApi.getById('ada@example.com', ['phone'], ['email'], ['companies'], false, 'email')
  const changed = await crm.objects.basicApi.update('contacts', ada.id, { properties: { firstname: 'Ada' } })
  const batch = crm.contacts.batchApi
  const made = await batch.create({ inputs: ['b', 'c'].map((name) => ({ properties: { email: `${name}@example.com` }, associations: [] })) })
  const inputs = made.results.map(({ id }) => ({ id }))
  const read = await batch.read({ inputs, properties: ['email'], propertiesWithHistory: [] })
  await batch.update({ inputs: inputs.map(({ id }) => ({ id, properties: { lastname: 'L' } })) })
  const upserted = await batch.upsert({ inputs: ['c', 'd'].map((name) => ({ id: `${name}@example.com`, idProperty: 'email', properties: {} })) })
  const pages = [await crm.contacts.basicApi.getPage(3)]
  pages.push(await crm.contacts.basicApi.getPage(3, pages[0].paging.next.after))
  const all = await crm.contacts.getAll(2)
  const found = await crm.contacts.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'lastname', operator: 'EQ', value: 'l' }] }],
    sorts: [JSON.stringify({ propertyName: 'email', direction: 'DESCENDING' })],
    properties: ['email'],
    limit: 1,
    after: 0,
  })
  await crm.contacts.basicApi.archive(ada.id)
  const gone = await code(crm.contacts.basicApi.getById(ada.id))
  await batch.archive({ inputs })
  const left = await crm.contacts.basicApi.getPage()
  return {
    taken,
    phone: got.properties.phone,
    history: got.propertiesWithHistory.email.map((one) => one.value),
    firstname: changed.properties.firstname,
    read: read.results.map((one) => one.properties.email).sort(),
    upserted: upserted.results.map((one) => one._new ?? one.new),
    pages: pages.map((page) => page.results.length),
    all: all.length,
    found: [found.total, found.results[0].properties.email, found.paging.next.after],
    gone,
    left: left.results.length,
    isDate: got.createdAt instanceof Date,
  }
}

async function properties() {
  const { coreApi, batchApi, groupsApi } = crm.properties
  await groupsApi.create('contacts', { name: 'garden', label: 'Garden' })
  await coreApi.create('contacts', PLOT)
  await coreApi.update('contacts', 'plot', { label: 'Plot number' })
  const got = await coreApi.getByName('contacts', 'plot')
  await batchApi.create('contacts', { inputs: [{ ...PLOT, name: 'row' }] })
  const read = await batchApi.read('contacts', { inputs: [{ name: 'row' }], archived: false })
  const all = await coreApi.getAll('contacts')
  await batchApi.archive('contacts', { inputs: [{ name: 'row' }] })
  await coreApi.archive('contacts', 'plot')
  await groupsApi.update('contacts', 'garden', { label: 'G' })
  const group = await groupsApi.getByName('contacts', 'garden')
  const groups = await groupsApi.getAll('contacts')
  await groupsApi.archive('contacts', 'garden')
  return {
    label: got.label,
    read: read.results.length,
    listed: all.results.some((one) => one.name === 'row'),
    group: group.label,
    grouped: groups.results.some((one) => one.name === 'garden'),
    gone: await code(coreApi.getByName('contacts', 'plot')),
  }
}

async function pipelines() {
  const { pipelinesApi, pipelineStagesApi } = crm.pipelines
  const asked = { label: 'Asked', displayOrder: 0, metadata: { probability: '0.3' } }
  const renewals = { label: 'Renewals', displayOrder: 1, stages: [asked] }
  const made = await pipelinesApi.create('deals', renewals)
  await pipelinesApi.replace('deals', made.id, { ...renewals, label: 'Again' })
  await pipelinesApi.update('deals', made.id, { label: 'Renewals' })
  const got = await pipelinesApi.getById('deals', made.id)
  const won = { label: 'Renewed', displayOrder: 1, metadata: { probability: '1.0' } }
  const stage = await pipelineStagesApi.create('deals', made.id, won)
  await pipelineStagesApi.replace('deals', made.id, stage.id, won)
  await pipelineStagesApi.update('deals', made.id, stage.id, { label: 'Won', metadata: {} })
  const { label, metadata } = await pipelineStagesApi.getById('deals', made.id, stage.id)
  const stages = await pipelineStagesApi.getAll('deals', made.id)
  await pipelineStagesApi.archive('deals', made.id, stage.id)
  await pipelinesApi.archive('deals', made.id)
  const left = await pipelinesApi.getAll('deals')
  return { got: got.label, stage: [label, metadata.isClosed, stages.results.length], left: ids(left) }
}

async function schemas() {
  const { coreApi } = crm.schemas
  const made = await coreApi.create({
    name: 'car',
    labels: { singular: 'Car', plural: 'Cars' },
    properties: [{ name: 'vin', label: 'VIN', type: 'string', fieldType: 'text' }],
    requiredProperties: ['vin'],
    associatedObjects: ['CONTACT'],
  })
  await coreApi.createAssociation('car', { fromObjectTypeId: made.objectTypeId, toObjectTypeId: '0-2' })
  const got = await coreApi.getById('car')
  const all = await coreApi.getAll()
  const vehicle = await coreApi.update('car', { labels: { singular: 'Vehicle' } })
  await coreApi.create({ name: 'boat', labels: {}, properties: [], requiredProperties: [], associatedObjects: [] })
  await coreApi.archive('boat')
  const car = await crm.objects.basicApi.create('car', { properties: { vin: '1' }, associations: [] })
  return { same: got.objectTypeId === made.objectTypeId, all: all.results.length, label: vehicle.labels.singular, vin: car.properties.vin }
}

async function associations() {
  const contact = await crm.contacts.basicApi.create({ properties: { email: 'eve@example.com' }, associations: [] })
  const company = await crm.companies.basicApi.create({ properties: { name: 'Acme' }, associations: [] })
  const { basicApi, batchApi } = crm.associations.v4
  const definitions = crm.associations.v4.schema.definitionsApi
  const label = await definitions.create('contacts', 'companies', { label: 'Boss', name: 'boss' })
  const labels = await definitions.getAll('contacts', 'companies')
  const pair = { _from: { id: contact.id }, to: { id: company.id } }
  const typesNow = async () => {
    const page = await basicApi.getPage('contacts', contact.id, 'companies')
    return page.results.flatMap((one) => one.associationTypes.map((type) => type.typeId))
  }
  const seen = []
  await basicApi.createDefault('contacts', contact.id, 'companies', company.id)
  seen.push(await typesNow())
  await basicApi.create('contacts', contact.id, 'companies', company.id, [PRIMARY])
  seen.push(await typesNow())
  await batchApi.archiveLabels('contacts', 'companies', { inputs: [{ ...pair, types: [PRIMARY] }] })
  seen.push(await typesNow())
  await basicApi.archive('contacts', contact.id, 'companies', company.id)
  seen.push(await typesNow())
  await batchApi.createDefault('contacts', 'companies', { inputs: [pair] })
  const own = { associationCategory: 'USER_DEFINED', associationTypeId: label.results[0].typeId }
  const made = await batchApi.create('contacts', 'companies', { inputs: [{ ...pair, types: [own] }] })
  const read = await batchApi.getPage('contacts', 'companies', { inputs: [{ id: contact.id }] })
  await batchApi.archive('contacts', 'companies', { inputs: [{ _from: pair._from, to: [pair.to] }] })
  seen.push(await typesNow())
  return {
    seen,
    made: made.results[0].labels,
    read: read.results[0].to[0].associationTypes.map((type) => type.label),
    labels: labels.results.some((one) => one.label === 'Boss'),
  }
}

async function olderAssociations() {
  const contact = await crm.contacts.basicApi.create({ properties: { email: 'old@example.com' }, associations: [] })
  const company = await crm.companies.basicApi.create({ properties: { name: 'Old' }, associations: [] })
  const both = { inputs: [{ _from: { id: contact.id }, to: { id: company.id }, type: 'contact_to_company' }] }
  const { batchApi } = crm.associations
  const made = await batchApi.create('contacts', 'companies', both)
  const read = await batchApi.read('contacts', 'companies', { inputs: [{ id: contact.id }] })
  await batchApi.archive('contacts', 'companies', both)
  const left = await batchApi.read('contacts', 'companies', { inputs: [{ id: contact.id }] })
  return { made: made.results.map((one) => one.type), read: read.results[0].to.length, left: left.results.length }
}

async function lists() {
  const { listsApi, membershipsApi } = crm.lists
  const create = (name) => listsApi.create({ name, objectTypeId: '0-1', processingType: 'MANUAL' })
  const { listId } = (await create('Friends')).list
  const other = (await create('Others')).list.listId
  const contacts = await crm.contacts.basicApi.getPage()
  const [first] = ids(contacts)
  const on = async (list) => (await membershipsApi.getPage(list)).results.map((one) => one.recordId)
  const seen = []
  await membershipsApi.add(listId, [first])
  seen.push((await on(listId)).length)
  await membershipsApi.addAllFromList(other, listId)
  seen.push((await on(other)).length)
  await membershipsApi.remove(other, [first])
  seen.push((await on(other)).length)
  await membershipsApi.addAndRemove(other, { recordIdsToAdd: [first], recordIdsToRemove: [] })
  seen.push((await membershipsApi.getLists('0-1', first)).results.length)
  await membershipsApi.removeAll(other)
  seen.push((await on(other)).length)
  await listsApi.updateName(listId, 'Best friends')
  const got = await listsApi.getById(listId)
  const named = await listsApi.getByName('Best friends', '0-1')
  const some = await listsApi.getAll([listId])
  const found = await listsApi.doSearch({ query: 'best', offset: 0, additionalProperties: [] })
  await listsApi.remove(other)
  return {
    seen,
    name: got.list.name,
    same: named.list.listId === listId,
    size: some.lists[0].size,
    total: found.total,
    gone: await code(listsApi.getById(other)),
  }
}

async function owners() {
  const { ownersApi } = crm.owners
  const page = await ownersApi.getPage()
  const one = await ownersApi.getById(owner)
  return { page: page.results.map((row) => row.email), one: one.firstName }
}

async function participations() {
  const api = client.marketing.events.retrieveParticipantStateApi
  const counted = await api.getParticipationsCountersByMarketingEventId(event)
  const external = await api.getParticipationsCountersByEventExternalId('acc', 'ev')
  const listed = await api.getParticipationsBreakdownByMarketingEventId(event)
  const same = await api.getParticipationsBreakdownByExternalEventId('acc', 'ev')
  const mine = await api.getParticipationsBreakdownByContactId('guest@example.com')
  return {
    counted: [counted.attended, counted.registered, external.registered],
    listed: [listed.total, same.total, mine.total],
    state: mine.results[0].properties.attendanceState,
  }
}

async function main() {
  const told = {}
  for (const part of [objects, properties, pipelines, schemas, associations, olderAssociations, lists, owners, participations]) {
    try {
      told[part.name] = await part()
    } catch (error) {
      told[part.name] = { failed: String(error.stack).slice(0, 1000) }
    }
  }
  console.log(JSON.stringify(told))
}

main()
