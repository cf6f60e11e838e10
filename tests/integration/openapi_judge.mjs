// openapi_judge.mjs - judges an OpenAPI document, and HTTP answers by the document of the daemon that gave them.
// Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
//
// Run with the folder that has node_modules. Reads a JSON object a line and answers each with one line, "" when all
// is well: {"id", "document"} takes a document under a name; {"id", "method", "path", "status", "headers", "body"}
// is an answer to judge.
import { createRequire } from "node:module";
import { isIP } from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const Ajv = require("ajv/dist/2020.js").default;
const formats = require("ajv-formats").default;
const { Validator } = await import(pathToFileURL(require.resolve("@seriousme/openapi-schema-validator")));

const documents = new Map();

function isPrefix(text) {
    const [address, length, ...more] = text.split("/");
    const bits = isIP(address) === 4 ? 32 : 128;
    return isIP(address) !== 0 && more.length === 0 && /^(0|[1-9]\d{0,2})$/.test(length ?? "") && Number(length) <= bits;
}

async function take({ id, document }) {
    const verdict = await new Validator().validate(structuredClone(document));
    if (!verdict.valid) return "the document is not OpenAPI: " + JSON.stringify(verdict.errors);
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats(ajv);
    ajv.addFormat("ip", (text) => isIP(text) !== 0);
    ajv.addFormat("ip-prefix", isPrefix);
    ajv.addSchema({ $id: "doc:" + id, ...document }, "doc");
    const paths = Object.keys(document.paths).map((path) => ({
        path,
        pattern: new RegExp("^" + path.split(/\{[^}]*\}/).map((s) => s.replace(/[.*+?^$()|[\]\\]/g, "\\$&")).join("[^/]+") + "$"),
        keys: (path.match(/\{/g) ?? []).length,
    }));
    paths.sort((a, b) => a.keys - b.keys); // a path without a key before one that could match it
    documents.set(id, { document, ajv, paths, compiled: new Map() });
    return "";
}

const escaped = (name) => name.replace(/~/g, "~0").replace(/\//g, "~1").replace(/%/g, "%25");

// Follows a reference of the document: the object and its JSON pointer.
function resolved(document, object, pointer) {
    if (object?.$ref === undefined) return [object, pointer];
    const target = object.$ref.slice(1);
    return [target.slice(1).split("/").reduce((o, part) => o[part.replace(/~1/g, "/").replace(/~0/g, "~")], document), target];
}

function validator(doc, pointer) {
    if (!doc.compiled.has(pointer)) doc.compiled.set(pointer, doc.ajv.compile({ $ref: "doc#" + pointer }));
    return doc.compiled.get(pointer);
}

// What the document says of the answer: the response and its pointer; or why there is none.
function described(doc, answer) {
    const found = doc.paths.find((p) => p.pattern.test(answer.path));
    const method = answer.method === "HEAD" ? "get" : answer.method.toLowerCase();
    const operation = found && doc.document.paths[found.path][method];
    if (operation === undefined)
        return answer.status >= 400 ? resolved(doc.document, { $ref: "#/components/responses/problem" }) : [undefined, "no such operation in the document"];
    const status = operation.responses[answer.status] !== undefined ? String(answer.status) : "default";
    if (status === "default" && answer.status < 400) return [undefined, `status ${answer.status} is not described`];
    return resolved(doc.document, operation.responses[status], `/paths/${escaped(found.path)}/${method}/responses/${status}`);
}

function judge(answer) {
    const doc = documents.get(answer.id);
    const [response, pointer] = described(doc, answer);
    if (response === undefined) return pointer;
    for (const [name, header] of Object.entries(response.headers ?? {})) {
        const [h] = resolved(doc.document, header, "");
        if (h.required && answer.headers[name.toLowerCase()] === undefined) return `header ${name} is missing`;
    }
    const media = (answer.headers["content-type"] ?? "").split(";")[0];
    if (answer.body === "") return response.content && answer.method !== "HEAD" ? "the body is empty" : "";
    if (response.content?.[media] === undefined) return `a body of type "${media}" is not described`;
    if (!/json$/.test(media) || response.content[media].schema === undefined) return "";
    const check = validator(doc, `${pointer}/content/${escaped(media)}/schema`);
    return check(JSON.parse(answer.body)) ? "" : JSON.stringify(check.errors.slice(0, 5));
}

for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    let verdict;
    try {
        verdict = message.document !== undefined ? await take(message) : judge(message);
    } catch (e) {
        verdict = String(e.stack ?? e);
    }
    process.stdout.write(JSON.stringify(verdict) + "\n");
}
