// A whole job with a client that is generated from the OpenAPI document of the
// server: what the compiler takes here is what the document promises, and what runs
// is what the server keeps. The argument is the address of the server.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Status = components["schemas"]["google.rpc.Status"];
type Run = components["schemas"]["researcherpro.analysis.v1.Analysis"];

const base = process.argv[2];
assert(base, "give the address of the server");
const api = createClient<paths>({ baseUrl: base });

/** The answer, or the failure that the server told. */
function good<T>(answer: { data?: T; error?: Status; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status} ${answer.error?.message ?? ""}`);
  }
  return answer.data;
}

/** The reason of a failure: the details are a union that `@type` tells apart. */
function reason(failure: Status | undefined): string | undefined {
  for (const detail of failure?.details ?? []) {
    if (detail["@type"] === "type.googleapis.com/google.rpc.ErrorInfo") {
      return detail.reason;
    }
  }
  return undefined;
}

/** The fields that a failure names. */
function fields(failure: Status | undefined): string[] {
  return (failure?.details ?? []).flatMap((detail) =>
    detail["@type"] === "type.googleapis.com/google.rpc.BadRequest" ? detail.fieldViolations.map((v) => v.field) : [],
  );
}

async function signUp(): Promise<void> {
  const email = `${crypto.randomUUID()}@example.org`;
  const session = good(
    await api.POST("/api/v1/auth/register", {
      body: { email, password: "correct horse battery staple", displayName: "Ada" },
    }),
  );
  api.use({
    onRequest: ({ request }) => {
      request.headers.set("Authorization", `Bearer ${session.accessToken}`);
      return request;
    },
  });
}

async function addDocument(): Promise<string> {
  const text = "# Sea otters\n\nSea otters eat sea urchins. Sea urchins eat kelp. " +
    "Sea otters protect kelp forests by eating sea urchins.\n";
  const added = good(await api.POST("/api/v1/documents", { body: { title: "Sea otters", text, collection: "coast" } }));
  const path = { id: added.id };
  for (;;) {
    const document = good(await api.GET("/api/v1/documents/{id}", { params: { path } }));
    if (document.state === "READY") {
      assert.equal(BigInt(document.sizeBytes), BigInt(text.length)); // 64-bit numbers are strings
      return document.id;
    }
    assert.notEqual(document.state, "FAILED");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Follows a run over Server-Sent Events to its end. */
async function follow(id: string): Promise<Run> {
  const { data, response } = await api.GET("/api/v1/analysis/{analysis_id}/events", {
    params: { path: { analysis_id: id } },
    headers: { Accept: "text/event-stream" },
    parseAs: "stream",
  });
  assert.equal(response.headers.get("Content-Type"), "text/event-stream");
  assert(data);
  let told = "";
  for await (const part of data.pipeThrough(new TextDecoderStream())) {
    told += part;
  }
  const log = good(await api.GET("/api/v1/analysis/{analysis_id}/events", { params: { path: { analysis_id: id }, query: { pageSize: 200 } } }));
  assert(log && typeof log !== "string", "asked for JSON, which is not the stream");
  assert.equal(told.split("\nevent: ").length - 1, log.events.length, "the stream told what the log holds");
  log.events.forEach((event, i) => assert.equal(event.sequence, String(i + 1)));
  const states = log.events.flatMap((event) => (event.stateChanged ? [event.stateChanged.state] : []));
  assert.equal(states[0], "QUEUED");
  return good(await api.GET("/api/v1/analysis/{id}", { params: { path: { id } } }));
}

async function run(): Promise<Run> {
  const started = good(
    await api.POST("/api/v1/analysis/start", {
      body: {
        question: "How do sea otters protect kelp forests?",
        kind: "SUMMARY",
        parameters: { sources: ["documents"] },
        report: { formats: ["md"] },
        requestId: crypto.randomUUID(),
      },
    }),
  );
  const ended = await follow(started.id);
  assert.equal(ended.state, "COMPLETED");
  const found = good(await api.GET("/api/v1/analysis/{analysis_id}/findings", { params: { path: { analysis_id: ended.id } } }));
  assert(found.findings.length > 0);
  for (const finding of found.findings) {
    const citation = finding.citations[0];
    assert(citation, "a finding has a citation");
    assert(citation.quote.length > 0 && citation.endOffset > citation.startOffset);
  }
  return ended;
}

async function exported(id: string): Promise<void> {
  const { data, response } = await api.GET("/api/v1/reports/{id}/export", {
    params: { path: { id }, query: { format: "md" } },
    parseAs: "text",
  });
  assert(typeof data === "string" && data.includes("Sea otters"));
  const tag = response.headers.get("ETag");
  assert(tag);
  const again = await api.GET("/api/v1/reports/{id}/export", {
    params: { path: { id }, query: { format: "md" }, header: { "If-None-Match": tag } },
    parseAs: "text",
  });
  assert.equal(again.response.status, 304);
}

/** Two who edit the same document: the second is told. */
async function edited(id: string): Promise<void> {
  const path = { id };
  const read = await api.GET("/api/v1/documents/{id}", { params: { path } });
  const tag = read.response.headers.get("ETag");
  assert(tag);
  const first = good(
    await api.PATCH("/api/v1/documents/{id}", { params: { path, header: { "If-Match": tag } }, body: { title: "Otters" } }),
  );
  assert.equal(first.title, "Otters");
  assert.equal(first.collection, "coast", "what the body does not name stays");
  const second = await api.PATCH("/api/v1/documents/{id}", { params: { path, header: { "If-Match": tag } }, body: { title: "No" } });
  assert.equal(second.response.status, 412);
  assert.equal(reason(second.error), "ETAG_MISMATCH");

  const unchanged = await api.GET("/api/v1/documents/{id}", {
    params: { path, header: { "If-None-Match": `"${first.etag}"` } },
  });
  assert.equal(unchanged.response.status, 304);
  const list = good(await api.GET("/api/v1/documents", { params: { query: { collection: "coast" } } }));
  assert.deepEqual(list.documents.map((d) => d.title), ["Otters"]);
  const none = good(await api.GET("/api/v1/documents", { params: { query: { collection: "desert" } } }));
  assert.deepEqual(none, { documents: [], nextPageToken: "" });
}

async function refused(): Promise<void> {
  const wrong = await api.POST("/api/v1/analysis/start", { body: { question: "" } });
  assert.equal(wrong.response.status, 400);
  assert.deepEqual(fields(wrong.error), ["question"]);
  const absent = await api.GET("/api/v1/analysis/{id}", { params: { path: { id: crypto.randomUUID() } } });
  assert.equal(absent.response.status, 404);
  assert.equal(absent.error?.code, 5);
}

/** What the compiler must refuse; an unused directive is an error of its own. */
export async function misused(): Promise<void> {
  // @ts-expect-error: there is no such kind
  await api.POST("/api/v1/analysis/start", { body: { question: "x", kind: "POEM" } });
  // @ts-expect-error: a password is required
  await api.POST("/api/v1/auth/login", { body: { email: "ada@example.org" } });
  // @ts-expect-error: a size is a string
  const size: number = good(await api.GET("/api/v1/documents/{id}", { params: { path: { id: "" } } })).sizeBytes;
  // @ts-expect-error: there is no such path
  await api.GET("/api/v1/nothing", { size });
}

await signUp();
const document = await addDocument();
const ended = await run();
await exported(ended.reportId);
await edited(document);
await refused();
console.log(`done: ${ended.id}`);
