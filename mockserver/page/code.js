// The code that makes a request: for curl, Python and Node.

/** @param {string} text */
export function shellQuoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** @param {Entry} entry @param {string} origin @param {Portal | null} portal */
export function curlOf(entry, origin, portal) {
  const token = portal?.apps.find((app) => app.name === entry.app)?.token ?? portal?.tokens[0] ?? "any-token";
  const start = `--request ${entry.method} ${shellQuoted(`${origin}${entry.path}${entry.query ? `?${entry.query}` : ""}`)}`;
  if (entry.operation === "imports.create") return curlText(start, token, [importRequestForm(entry.request)], entry.file_names);
  return curlText(start, token, entry.request ? [`--header ${shellQuoted("Content-Type: application/json")}`, `--data ${shellQuoted(entry.request)}`] : []);
}

/** @param {string} start @param {string} token @param {string[]} options @param {string[]} [files] */
function curlText(start, token, options, files = []) {
  return [`curl ${start}`, `--header ${shellQuoted(`Authorization: Bearer ${token}`)}`, ...options,
    ...files.map((name) => `--form ${shellQuoted(`files=@"${name.replaceAll('"', '\\"')}"`)}`)].join(" \\\n  ");
}

/** @param {string} text */
function importRequestForm(text) {
  return `--form-string ${shellQuoted(`importRequest=${text}`)}`;
}

/** The code that sends an import, by the name of what runs it.
 * @param {Sent} sent
 * @returns {{ name: string, code: string }[]}
 */
export function snippets(sent) {
  return [
    { name: "Python, HubSpot's SDK", code: pythonSdk(sent) },
    { name: "Python, requests", code: pythonRequests(sent) },
    { name: "Node", code: node(sent) },
    { name: "curl", code: curl(sent) },
  ];
}

/** @param {unknown} value */
function python(value) {
  // A JSON text is Python as well, but for these three words.
  const text = JSON.stringify(value, null, 4);
  return text.replace(/("(?:[^"\\]|\\.)*")|\b(true|false|null)\b/g, (_all, string, word) =>
    string ?? /** @type {Words} */ ({ true: "True", false: "False", null: "None" })[word]);
}

/** @param {Sent} sent */
function pythonSdk({ url, token, request, files }) {
  return `import json

from hubspot import HubSpot

REQUEST = ${python(request)}

client = HubSpot(access_token=${JSON.stringify(token)}, host=${JSON.stringify(url)})
created = client.crm.imports.core_api.create(import_request=json.dumps(REQUEST), files=${JSON.stringify(files)})
print(created.id, created.state)
`;
}

/** @param {Sent} sent */
function pythonRequests({ url, token, request, files }) {
  const parts = files.map((name) => `("files", (${JSON.stringify(name)}, open(${JSON.stringify(name)}, "rb")))`).join(", ");
  return `import json

import requests

REQUEST = ${python(request)}

answer = requests.post(
    ${JSON.stringify(`${url}/crm/v3/imports`)},
    headers={"Authorization": ${JSON.stringify(`Bearer ${token}`)}},
    data={"importRequest": json.dumps(REQUEST)},
    files=[${parts}],
    timeout=30,
)
print(answer.status_code, answer.json())
`;
}

/** @param {Sent} sent */
function node({ url, token, request, files }) {
  const appends = files.map((name) => `form.append("files", await openAsBlob(${JSON.stringify(name)}), ${JSON.stringify(name)});`).join("\n");
  return `import { openAsBlob } from "node:fs";

const request = ${JSON.stringify(request, null, 2)};

const form = new FormData();
form.append("importRequest", JSON.stringify(request));
${appends}
const answer = await fetch(${JSON.stringify(`${url}/crm/v3/imports`)}, {
  method: "POST",
  headers: { Authorization: ${JSON.stringify(`Bearer ${token}`)} },
  body: form,
});
console.log(answer.status, await answer.json());
`;
}

/** @param {Sent} sent */
function curl({ url, token, request, files }) {
  return `${curlText(shellQuoted(`${url}/crm/v3/imports`), token, [importRequestForm(JSON.stringify(request))], files)}\n`;
}
