// What a page needs to follow a run: it comes back after whatever broke, and goes on
// behind the last event that it has. It drops nothing and repeats nothing by itself, so
// that what it noted is what it was told.
"use strict";

// Not all pages come back at once.
const pause = (tries) => Math.min(2000, 200 * 2 ** tries) * (0.5 + Math.random());

const ended = new Set(["COMPLETED", "COMPLETED_PARTIAL", "NO_EVIDENCE", "FAILED", "CANCELLED"]);

// note keeps what was told in log and reports whether the run has ended.
function note(log, event) {
  log.sequences.push(Number(event.sequence));
  log.done = ended.has(event.stateChanged?.state);
  return log.done;
}

const newest = (log) => log.sequences.at(-1) ?? 0;

// followBySocket follows a run over the WebSocket. A browser can set no header on it, so
// the token is offered as a subprotocol.
function followBySocket(base, token, id, log) {
  let tries = 0;
  const connect = () => {
    const socket = new WebSocket(base.replace(/^http/, "ws") + "/api/v1/ws/page", ["bearer", token]);
    socket.onopen = () => {
      log.opened++;
      socket.send(JSON.stringify({ id: "1", subscribe: { analysisId: id, afterSequence: String(newest(log)) } }));
    };
    socket.onmessage = (message) => {
      tries = 0;
      const told = JSON.parse(message.data);
      if (told.error) log.errors.push(told.error.code);
      if (told.event && note(log, told.event)) socket.close();
    };
    socket.onclose = () => {
      if (!log.done) setTimeout(connect, pause(tries++));
    };
  };
  connect();
}

// TokenEventSource is an EventSource that shows a token. The browser's own can set no
// header, and a token in an address ends up in logs and histories.
class TokenEventSource extends EventTarget {
  #tries = 0;
  #retry = 0;
  #abort = new AbortController();
  readyState = 0;

  constructor(url, token, lastEventId = "") {
    super();
    Object.assign(this, { url, token, lastEventId });
    this.#connect();
  }

  close() {
    this.readyState = 2;
    this.#abort.abort();
  }

  async #connect() {
    try {
      const headers = { Accept: "text/event-stream", Authorization: "Bearer " + this.token };
      if (this.lastEventId) headers["Last-Event-ID"] = this.lastEventId;
      const answer = await fetch(this.url, { headers, cache: "no-store", signal: this.#abort.signal });
      if (answer.status === 204 || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) {
        this.close(); // there is nothing to come back for
      } else if (answer.ok) {
        this.readyState = 1;
        this.dispatchEvent(new Event("open"));
        await this.#read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
      }
    } catch {
      // The network is away; the same as a stream that ended.
    }
    if (this.readyState === 2) return;
    this.readyState = 0;
    this.dispatchEvent(new Event("error"));
    setTimeout(() => this.#connect(), Math.max(this.#retry * Math.random(), pause(this.#tries++)));
  }

  async #read(reader) {
    for (let rest = "", part = await reader.read(); !part.done; part = await reader.read()) {
      this.#tries = 0;
      const blocks = (rest + part.value).split("\n\n");
      rest = blocks.pop(); // what is cut off in the middle is told again
      for (const block of blocks) this.#tell(block);
    }
  }

  #tell(block) {
    const fields = { data: [] };
    for (const line of block.split("\n")) {
      const [, name, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name === "data") fields.data.push(value ?? "");
      else if (name) fields[name] = value ?? "";
    }
    if (fields.retry) this.#retry = Number(fields.retry);
    if (fields.id !== undefined) this.lastEventId = fields.id;
    if (fields.data.length === 0 || this.readyState === 2) return;
    this.dispatchEvent(new MessageEvent("message", { data: fields.data.join("\n"), lastEventId: this.lastEventId }));
  }
}

// followByStream follows a run over Server-Sent Events.
function followByStream(base, token, id, log) {
  const source = new TokenEventSource(`${base}/api/v1/analysis/${id}/events`, token);
  source.addEventListener("open", () => log.opened++);
  source.addEventListener("message", (message) => {
    if (note(log, JSON.parse(message.data))) source.close();
  });
}
